/* The pay page: hands the page's configuration to Moyasar's form, and shows the way on where the form is not there. */
(() => {
  'use strict';
  const doc = document, box = doc.getElementById('pay-form');
  if (!box) return;
  const show = (id, yes) => { doc.getElementById(id).hidden = !yes; };
  let busy = false, spent = false;

  /* A payment's id serves once. After the first answer, "back" and "reload" lead to the page that asks what became of it. */
  const spend = () => { spent = true; history.replaceState(null, '', box.dataset.back); };
  addEventListener('pageshow', e => { if (e.persisted && spent) location.replace(box.dataset.back); });

  /* The time is over: the page itself knows what to say. Not while a payment is under way: it has its own way back. */
  doc.addEventListener('expired', () => { if (!busy) location.reload(); });

  const config = {
    ...JSON.parse(doc.getElementById('pay-config').textContent),
    element: box,
    on_initiating: async () => { busy = true; return true; },
    on_completed: async () => { spend(); },
    on_failure: async error => {
      if (error?.type === 'used_given_id') { spend(); location.replace(box.dataset.back); } else if (!spent) busy = false;
    },
  };
  try { window.Moyasar.init(config); } catch (error) { console.warn(error); }
  const stands = Boolean(box.querySelector('#mysr'));
  if (!stands) box.replaceChildren();
  show('pay-wait', false);
  show('pay-else', !stands);
  box.classList.toggle('is-on', stands);
  doc.getElementById('pay-else').classList.add('is-known');
})();
