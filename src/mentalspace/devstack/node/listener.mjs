// Follows `notify pgrst, 'reload schema' | 'reload config'`, across restarts of the database.

import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';

const RETRY_MILLISECONDS = 500;

/** The driver's own listen() gives up when the server is away for a moment; this one tries until it is back. */
export class Listener {
  #client;
  #reload;
  #isClosing = false;
  #isRetrying = false;

  /** `reload` is given what was said; '' stands for everything that may have been said while nobody listened. */
  constructor(url, reload) {
    this.#reload = reload;
    this.#client = postgres(url, {
      max: 1,
      idle_timeout: null,
      max_lifetime: null,
      fetch_types: false,
      connection: { application_name: 'mentalspace listener' },
      onnotice: () => {},
      onnotify: (_, said) => reload(said).catch(() => {}),
      onclose: () => this.#listenAgain(),
    });
  }

  async listen() {
    await this.#client.unsafe('listen pgrst');
    await this.#reload('');
  }

  async close() {
    this.#isClosing = true;
    await this.#client.end();
  }

  async #listenAgain() {
    if (this.#isRetrying || this.#isClosing) return;
    this.#isRetrying = true;
    console.error('the database closed the connection; trying again until it is back');
    while (!this.#isClosing && !(await this.#tried())) await delay(RETRY_MILLISECONDS);
    this.#isRetrying = false;
  }

  async #tried() {
    try {
      await this.listen();
      return true;
    } catch {
      return false;
    }
  }
}
