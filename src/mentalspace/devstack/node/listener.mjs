// Follows `notify pgrst, 'reload schema' | 'reload config'`, across restarts of the database.

import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const RETRY_MILLISECONDS = 300;

export class Listener {
  #address;
  #reload;
  #client;
  #isClosing = false;

  /** `reload` is given what was said; '' stands for everything that may have been said while nobody listened. */
  constructor(address, reload) {
    this.#address = address;
    this.#reload = reload;
  }

  async listen() {
    const client = new pg.Client(this.#address);
    // its end is what counts
    client.on('error', () => {});
    client.on('notification', ({ payload }) => this.#reload(payload).catch(() => {}));
    await client.connect();
    client.once('end', () => this.#listenAgain());
    this.#client = client;
    await client.query('listen pgrst');
    await this.#reload('');
  }

  async close() {
    this.#isClosing = true;
    await this.#client?.end();
  }

  async #listenAgain() {
    if (this.#isClosing) return;
    console.error('the database closed the connection; trying again until it is back');
    while (!this.#isClosing) {
      await delay(RETRY_MILLISECONDS);
      try {
        return await this.listen();
      } catch {
        // still away
      }
    }
  }
}
