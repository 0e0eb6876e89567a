// A real OpenID provider (oidc-provider) on a port, loopback unless told otherwise, with a second port through which a
// script can do what a person does in a provider's app settings, read what the provider was asked, and make it slow or
// unavailable. README.md tells how to use it.

import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { parseArgs } from 'node:util';

import { Provider } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

import { createAdmin } from './admin.mjs';
import { ClientRegistry } from './clients.mjs';
import { Behaviour, RequestLog, webPage } from './middleware.mjs';
import { providerConfiguration } from './configuration.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'admin-port': { type: 'string', default: '0' },
    bind: { type: 'string', default: '127.0.0.1' },
    issuer: { type: 'string' },
    data: { type: 'string' },
    'no-par': { type: 'boolean', default: false },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
});

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), options.bind, () => resolve(server.address().port));
  });
}

const tls = options['tls-cert'] !== undefined;
const front = tls
  ? https.createServer({ cert: readFileSync(options['tls-cert']), key: readFileSync(options['tls-key']) })
  : http.createServer();
// Unless it is given, the issuer holds the port, so the port must be known before the provider can be made.
const port = await listen(front, options.port);
const issuer = options.issuer ?? `${tls ? 'https' : 'http'}://${options.bind}:${port}`;

const clients = new ClientRegistry(options.data);
const provider = new Provider(issuer, providerConfiguration({
  par: !options['no-par'],
  adapter: (model) => (model === 'Client' ? clients : new MemoryAdapter(model)),
}));
const log = new RequestLog();
const behaviour = new Behaviour();
provider.use(log.middleware());
provider.use(behaviour.middleware());
provider.use(webPage('/sign-in'));
front.on('request', provider.callback());

const admin = createAdmin({ clients, log, behaviour, validate: (metadata) => provider.Client.validate(metadata) });
const adminPort = await listen(admin, options['admin-port']);

function stop() {
  for (const server of [front, admin]) {
    server.close();
    server.closeAllConnections();
  }
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

console.log(JSON.stringify({ issuer, admin: `http://${options.bind}:${adminPort}` }));
