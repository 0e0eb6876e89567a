// What of oidc-provider is on, and how long what it issues lives.

import { generateKeyPairSync, randomBytes } from 'node:crypto';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
}

export function providerConfiguration({ par, adapter }) {
  return {
    adapter,
    scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    responseTypes: ['code'],
    features: {
      pushedAuthorizationRequests: { enabled: par },
      introspection: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    ttl: {
      AccessToken: 10 * MINUTE,
      ClientCredentials: 10 * MINUTE,
      Grant: DAY,
      IdToken: 10 * MINUTE,
      Interaction: 10 * MINUTE,
      RefreshToken: DAY,
      Session: DAY,
    },
    // Any account name signs in: there are no users here but those that a test makes up.
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    renderError,
  };
}

// The error page of a provider that shows its errors as HTML, with the words of the error in it.
function renderError(ctx, { error, error_description: description }) {
  const text = `${error}: ${description ?? ''}`.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  ctx.type = 'html';
  ctx.body = `<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Error</h1><p>${text}</p></body></html>\n`;
}
