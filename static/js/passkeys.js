/* Passkeys: forms marked data-passkey="get|create" ask the device and send what it signed. Without this file they stay hidden. */
(() => {
  'use strict';
  const named = !/^[\d.]+$|:/.test(location.hostname);  // a bare address has no passkeys
  const able = named && window.PublicKeyCredential && window.isSecureContext && navigator.credentials;
  const bytes = s => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = b => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const ids = list => (list || []).map(each => ({ ...each, id: bytes(each.id) }));

  async function options(form) {
    const here = document.getElementById(form.dataset.options);
    if (here) return JSON.parse(here.textContent).publicKey;
    const answer = await fetch(form.action, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).request_options.publicKey;
  }

  async function ask(form) {
    const key = await options(form);
    key.challenge = bytes(key.challenge);
    if (form.dataset.passkey === 'create') {
      key.user.id = bytes(key.user.id);
      key.excludeCredentials = ids(key.excludeCredentials);
      return navigator.credentials.create({ publicKey: key });
    }
    key.allowCredentials = ids(key.allowCredentials);
    return navigator.credentials.get({ publicKey: key });
  }

  function plain(found) {
    const said = found.response, response = { clientDataJSON: text(said.clientDataJSON) };
    for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) if (said[name]) response[name] = text(said[name]);
    if (said.getTransports) response.transports = said.getTransports();
    return {
      id: found.id, rawId: text(found.rawId), type: found.type, response,
      authenticatorAttachment: found.authenticatorAttachment || null, clientExtensionResults: found.getClientExtensionResults(),
    };
  }

  document.addEventListener('submit', async e => {
    const form = e.target;
    if (!form.dataset.passkey || form.elements.credential.value) return;
    e.preventDefault();
    const button = form.querySelector('button'), error = form.querySelector('[data-passkey-error]');
    error.hidden = true; button.disabled = true;
    try {
      form.elements.credential.value = JSON.stringify(plain(await ask(form)));
      form.submit();
    } catch {  // refused by the person or the device, or gone offline: say so, nothing else happened
      error.hidden = false; button.disabled = false; button.focus();
    }
  });

  const wake = () => {
    if (able) document.querySelectorAll('[data-passkey-only], [data-passkey-none]').forEach(each => { each.hidden = 'passkeyNone' in each.dataset; });
  };
  document.addEventListener('htmx:after:swap', wake);
  addEventListener('pageshow', () => document.querySelectorAll('form[data-passkey]').forEach(form => { form.elements.credential.value = ''; form.querySelector('button').disabled = false; }));
  wake();
})();
