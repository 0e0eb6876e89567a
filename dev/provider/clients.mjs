// The registered clients: an adapter of oidc-provider's, whose entries can change at any time. oidc-provider keys
// what it keeps of a client by a hash of its metadata, so that a change takes effect with the next request.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const DEFAULTS = {
  redirect_uris: [],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'client_secret_basic',
};

export class ClientRegistry {
  #clients = new Map();

  #file;

  // file: where the clients are kept, so that a provider that is started again knows them; undefined: in memory only.
  constructor(file) {
    this.#file = file;
    if (file && existsSync(file)) {
      this.#clients = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8'))));
    }
  }

  static withDefaults(id, metadata) {
    const client = { ...DEFAULTS, ...metadata, client_id: id };
    const usesCodes = client.grant_types.includes('authorization_code');
    return { response_types: usesCodes ? ['code'] : [], ...client };
  }

  get(id) { return this.#clients.get(id); }

  set(id, metadata) {
    this.#clients.set(id, metadata);
    this.#save();
  }

  delete(id) {
    const existed = this.#clients.delete(id);
    this.#save();
    return existed;
  }

  // oidc-provider's side.
  async find(id) { return this.#clients.get(id); }

  #save() {
    if (!this.#file) return;
    writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#clients)), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}
