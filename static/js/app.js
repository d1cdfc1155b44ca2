/* Salon: the little that a browser must do itself. Everything works without this file. */
(() => {
  'use strict';
  const doc = document, root = doc.documentElement, text = doc.body.dataset;
  const $ = (q, el = doc) => el.querySelector(q), $$ = (q, el = doc) => [...el.querySelectorAll(q)];
  root.classList.remove('no-js');

  /* Spoken and shown messages */
  const say = s => { const live = $('#live'); live.textContent = ''; setTimeout(() => { live.textContent = s; }, 60); };
  function toast({ text: message, action, href, run }) {
    const box = doc.createElement('div'), words = doc.createElement('span');
    let timer;
    box.className = 'toast'; words.textContent = message; box.append(words);
    const go = () => { timer = setTimeout(() => box.remove(), action ? 10000 : 6000); }, stay = () => clearTimeout(timer);
    if (action) {
      const button = doc.createElement('button');
      button.type = 'button'; button.textContent = action;
      button.onclick = () => { box.remove(); if (run) run(); else if (href) location.assign(href); };
      box.append(button);
    }
    box.onpointerenter = box.onfocusin = stay; box.onpointerleave = box.onfocusout = () => { stay(); go(); };
    $('#toasts').append(box); go();
  }
  doc.addEventListener('toast', e => toast(e.detail.value || e.detail));

  /* htmx: failures, retry, history, focus */
  const retry = c => () => c.sourceElement?.isConnected && window.htmx.trigger(c.sourceElement, c.sourceElement.matches('form') ? 'submit' : c.sourceEvent?.type || 'click');
  const failed = (words, c) => toast({ text: words, action: text.retry, run: retry(c) });
  doc.addEventListener('htmx:before:history:update', e => { if (e.detail.response?.status >= 400) e.preventDefault(); });
  doc.addEventListener('htmx:response:error', e => {
    const c = e.detail.ctx, status = c.response.status;
    if (status >= 500) failed(text.failed, c);
    else if (status === 403) toast({ text: text.expired, action: text.reload, run: () => location.reload() });
    else if (status === 401) location.reload();
  });
  doc.addEventListener('htmx:error', e => { if (e.detail.ctx && !e.detail.ctx.response) failed(text.offline, e.detail.ctx); });
  const land = f => { if (f) { f.removeAttribute('data-focus'); if (!f.matches('a,button,input,select,textarea')) f.tabIndex = -1; f.focus(); } };
  doc.addEventListener('htmx:after:swap', e => {
    wake(); markDay();
    land($('[data-focus]') || (e.detail.ctx?.response?.status === 422 && $('[aria-invalid="true"]')));
    const a = $('[data-announce]');
    if (a) { say(a.dataset.announce); a.removeAttribute('data-announce'); }
  });

  /* The times of one day were swapped: the strip beside them, which was not, marks that day */
  const markDay = () => {
    const day = $('#slots')?.dataset.day;
    if (day) $$('.days a').forEach(a => { if (a.id === `d${day}`) a.setAttribute('aria-current', 'date'); else a.removeAttribute('aria-current'); });
  };

  /* Arabic-Indic and Persian digits become 0-9 in number fields */
  const latin = s => s.replace(/[٠-٩۰-۹]/g, d => d.charCodeAt(0) & 15);
  doc.addEventListener('input', e => {
    const el = e.target;
    if (el.matches('[inputmode=numeric],[inputmode=tel],[type=tel]') && /[٠-٩۰-۹]/.test(el.value)) el.value = latin(el.value);
  });

  /* One-time code: one input over six cells, sends itself after the sixth digit */
  function otp(box) {
    const input = $('input', box), form = input.form, cells = $$('.otp__cells span', box);
    if (!cells.length) return;
    let sent = false;
    box.classList.add('is-on');
    const draw = () => {
      input.value = latin(input.value).replace(/\D/g, '').slice(0, 6);
      const v = input.value;
      cells.forEach((c, i) => { c.textContent = v[i] || ''; c.classList.toggle('is-set', i < v.length); c.classList.toggle('is-at', i === Math.min(v.length, 5)); });
      if (v.length < 6) sent = false;
      else if (!sent && form) { sent = true; form.requestSubmit(); }
    };
    input.removeAttribute('maxlength');
    input.addEventListener('input', () => { box.classList.remove('is-bad'); draw(); });
    const end = () => input.setSelectionRange(6, 6);
    input.addEventListener('focus', end); input.addEventListener('click', end);
    sent = input.value.length === 6; draw();
  }

  /* Countdown: data-until="ISO moment" on a <time>; at the end it fires "expired" and follows data-then, or shows data-reveal */
  const clock = s => `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
  function tick(el) {
    const until = el.dataset.until ? Date.parse(el.dataset.until) : Date.now() + 1000 * el.dataset.countdown;
    const step = () => {
      if (!el.isConnected) return clearInterval(run);
      const left = Math.max(0, Math.ceil((until - Date.now()) / 1000)), out = $('[data-clock]', el) || el;
      out.textContent = clock(left);
      if (left) return undefined;
      clearInterval(run); el.classList.add('is-over');
      const shown = el.dataset.reveal && doc.getElementById(el.dataset.reveal);
      if (shown) { shown.hidden = false; el.hidden = true; }
      el.dispatchEvent(new CustomEvent('expired', { bubbles: true }));
      if (el.dataset.then) location.assign(el.dataset.then);
      return undefined;
    };
    const run = setInterval(step, 1000); step();
  }

  /* Dialogs are native; [data-open="id"] opens one, [data-close] closes it, a click on the backdrop too */
  doc.addEventListener('click', e => {
    const opener = e.target.closest('[data-open]'), closer = e.target.closest('[data-close]');
    if (opener) { const d = doc.getElementById(opener.dataset.open); if (d?.showModal) { e.preventDefault(); d.showModal(); } }
    if (closer?.closest('dialog')) { e.preventDefault(); closer.closest('dialog').close(); }
    if (e.target.nodeName === 'DIALOG' && e.target.open) {
      const r = e.target.getBoundingClientRect();
      if (e.clientX < r.left || e.clientX > r.right || e.clientY < r.top || e.clientY > r.bottom) e.target.close();
    }
  });

  /* Theme: the form works alone; here it answers without a page load. print, and one submit per form */
  doc.addEventListener('submit', e => {
    const form = e.target;
    if (form.matches('[data-theme-form]')) {
      e.preventDefault();
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches, next = dark ? 'light' : 'dark';
      const body = new FormData(form); body.set('theme', next);
      root.dataset.theme = next;
      $$('[data-theme-form] [name=theme]').forEach(b => { b.value = dark ? 'dark' : 'light'; });
      fetch(form.action, { method: 'POST', body, redirect: 'manual', headers: { 'X-Requested-With': 'fetch' } }).catch(() => {});
    } else if (form.method === 'post' && !e.defaultPrevented && !form.matches('[data-download]') && ![...form.attributes].some(a => a.name.startsWith('hx-post'))) {
      if (form.getAttribute('aria-busy')) e.preventDefault(); else form.setAttribute('aria-busy', 'true');
    }
  });
  addEventListener('pageshow', e => { if (e.persisted) $$('form[aria-busy]').forEach(f => f.removeAttribute('aria-busy')); });
  doc.addEventListener('click', e => { if (e.target.closest('[data-print]')) print(); });
  /* [data-autosubmit] forms (sorting, switching salon) send themselves; their button is .no-js-only */
  doc.addEventListener('change', e => { if (e.target.closest('[data-autosubmit]')) e.target.form.requestSubmit(); });

  function wake() {
    for (const [q, f] of [['.otp', otp], ['[data-until],[data-countdown]', tick], ['dialog[data-modal]', d => d.open || d.showModal()]])
      $$(q).forEach(el => { if (!el.dataset.awake) { el.dataset.awake = '1'; f(el); } });
  }
  wake(); land($('[data-focus]'));
  $('.days [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  const now = $('.cal__now'), cal = now?.closest('.cal');
  if (cal) cal.scrollTop = now.offsetTop - cal.clientHeight / 3;
})();
