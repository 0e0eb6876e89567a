// The side that a person would see as the provider's app settings, as JSON over HTTP. Loopback only, no sign-in.

import * as http from 'node:http';

import { ClientRegistry } from './clients.mjs';

async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text ? JSON.parse(text) : {};
}

// createAdmin: the server, not yet listening. validate(metadata) rejects what the provider would not accept.
export function createAdmin({ clients, log, behaviour, validate }) {
  async function store(id, metadata) {
    const existed = clients.get(id) !== undefined;
    await validate(metadata);
    clients.set(id, metadata);
    return [existed ? 200 : 201, metadata];
  }

  const routes = {
    'GET client': (id) => (clients.get(id) ? [200, clients.get(id)] : [404]),
    'PUT client': (id, body) => store(id, ClientRegistry.withDefaults(id, body)),
    'PATCH client': (id, body) => (clients.get(id) ? store(id, { ...clients.get(id), ...body, client_id: id }) : [404]),
    'DELETE client': (id) => [clients.delete(id) ? 204 : 404],
    'GET log': () => [200, log.entries],
    'DELETE log': () => { log.clear(); return [204]; },
    'GET behaviour': () => [200, behaviour.get()],
    'PUT behaviour': (_, body) => { behaviour.set(body); return [204]; },
    'DELETE behaviour': () => { behaviour.set({}); return [204]; },
  };

  return http.createServer(async (request, response) => {
    const [, resource, id] = new URL(request.url, 'http://localhost').pathname.split('/');
    const name = resource === 'clients' && id ? 'client' : resource;
    const route = routes[`${request.method} ${name}`];
    let answer;
    try {
      answer = route ? await route(id && decodeURIComponent(id), await readJson(request)) : [404];
    } catch (error) {
      answer = [400, { error: error.error_description ?? error.message }];
    }
    const [status, body] = answer;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
  });
}
