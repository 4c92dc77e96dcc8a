// Mail is captured, never sent: one JSON line per message in MAIL_FILE, readable by its owner only.

import { appendFile } from 'node:fs/promises';
import { requests } from './connection.mjs';

const SUBJECTS = {
  signup: 'Confirm your signup',
  recovery: 'Reset your password',
  magiclink: 'Your sign-in link',
  email_change: 'Confirm your new address',
  reauthentication: 'Confirm it is you',
};

/** Takes the place of lite's mailer: its links lead to the public address, and keep the redirect that was asked for. */
export class Mailbox {
  constructor(file, publicUrl, siteUrl) {
    this.file = file;
    this.publicUrl = publicUrl;
    this.siteUrl = siteUrl;
  }

  sendConfirmation(to, hash, otp) {
    return this.#send('signup', to, otp, hash);
  }

  sendRecovery(to, hash, otp) {
    return this.#send('recovery', to, otp, hash);
  }

  sendMagicLink(to, hash, otp) {
    return this.#send('magiclink', to, otp, hash);
  }

  sendEmailChange(to, hash, otp) {
    return this.#send('email_change', to, otp, hash);
  }

  sendReauthentication(to, otp) {
    return this.#send('reauthentication', to, otp);
  }

  async #send(type, to, otp, hash) {
    if (!this.file) return;
    const link = hash ? this.#link(type, hash) : null;
    const message = { at: new Date().toISOString(), to, type, subject: SUBJECTS[type], otp, link };
    await appendFile(this.file, `${JSON.stringify(message)}\n`, { mode: 0o600 });
  }

  #link(type, hash) {
    const asked = new URL(requests.getStore().url).searchParams.get('redirect_to');
    const link = new URL('/auth/v1/verify', this.publicUrl);
    link.search = new URLSearchParams({ token: hash, type, redirect_to: asked ?? this.siteUrl });
    return link.href;
  }
}
