// Koa middleware around the provider: a log of what it was asked, and ways to make it slow or unavailable.

import { setTimeout as delay } from 'node:timers/promises';

function basicClientId(header) {
  const [scheme, credentials] = (header ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || !credentials) return undefined;
  const [id] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  try { return decodeURIComponent(id.replaceAll('+', ' ')); } catch { return id; }
}

function answeredError(ctx) {
  if (typeof ctx.body === 'object' && ctx.body !== null && 'error' in ctx.body) return ctx.body.error;
  const location = ctx.response.get('location');
  return (location && URL.parse(location, ctx.href)?.searchParams.get('error')) || undefined;
}

// One entry a request, made when it arrives and completed when it is answered: an entry without a status is a
// request under way, or one whose caller gave up. It never holds a secret, a code or a token.
export class RequestLog {
  entries = [];

  clear() { this.entries = []; }

  middleware() {
    return async (ctx, next) => {
      const entry = { time: new Date().toISOString(), method: ctx.method, path: ctx.path };
      this.entries.push(entry);
      ctx.state.entry = entry;
      await next();
      const parameters = ctx.oidc?.body ?? ctx.query;
      entry.client_id = parameters.client_id ?? basicClientId(ctx.get('authorization')) ?? ctx.query.client_id;
      entry.grant_type = parameters.grant_type;
      entry.redirect_uri = parameters.redirect_uri;
      entry.scope = parameters.scope;
      entry.status = ctx.status;
      entry.error = answeredError(ctx);
    };
  }
}

// What a script asked for: {"delayMs": 5000} makes the provider slow, {"status": 503, "retryAfter": 2} makes it
// refuse; "path" (a prefix) confines either to one endpoint, "body" and "contentType" replace the empty answer.
export class Behaviour {
  #wanted = {};

  set(wanted) { this.#wanted = wanted; }

  get() { return this.#wanted; }

  middleware() {
    return async (ctx, next) => {
      const { delayMs = 0, status, retryAfter, path = '/', body = '', contentType } = this.#wanted;
      if (!ctx.path.startsWith(path)) return next();
      if (delayMs > 0) await delay(delayMs, undefined, { ref: false });
      if (status === undefined) return next();
      ctx.req.resume();
      ctx.status = status;
      if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter));
      if (contentType !== undefined) ctx.type = contentType;
      ctx.body = body;
      return undefined;
    };
  }
}

// A web page at `path`, whatever is asked: the sort of address that is mistaken for a token endpoint.
export function webPage(path) {
  return async (ctx, next) => {
    if (ctx.path !== path) return next();
    ctx.req.resume();
    ctx.type = 'html';
    ctx.body = '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n';
    return undefined;
  };
}
