// @node-oauth/oauth2-server behind its own middleware for Express.

import { readFileSync } from 'node:fs';

import OAuthServer from '@node-oauth/express-oauth-server';
import { UnauthorizedRequestError } from '@node-oauth/oauth2-server';
import express from 'express';

const registered = JSON.parse(readFileSync(new URL('../clients.json', import.meta.url), 'utf8'));
const clients = new Map(registered.map(({ id, secret, callback, grant }) => {
  const grants = grant === 'authorization_code' ? [grant, 'refresh_token'] : [grant];
  return [id, { id, secret, grants, redirectUris: [callback] }];
}));

// Nobody signs in here and nothing is kept, so there are no codes and no tokens to be found.
const model = {
  // The authorization endpoint asks without a secret.
  getClient(id, secret) {
    const client = clients.get(id);
    return client && (secret === null || secret === undefined || secret === client.secret) ? client : undefined;
  },
  getAuthorizationCode: () => undefined,
  getRefreshToken: () => undefined,
  getAccessToken: () => undefined,
  getUserFromClient: (client) => ({ id: client.id }),
  saveToken: (token, client, user) => ({ ...token, client, user }),
  saveAuthorizationCode: () => undefined,
  revokeAuthorizationCode: () => true,
  revokeToken: () => true,
};

function authenticate() {
  throw new UnauthorizedRequestError('Unauthorized request: nobody has signed in');
}

const oauth = new OAuthServer({ model });
const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/token', oauth.token());
app.get('/authorize', oauth.authorize({ authenticateHandler: { handle: authenticate } }));

const server = app.listen(0, '127.0.0.1', () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ endpoints: { authorization: `${base}/authorize`, token: `${base}/token` } }));
});
