// An OpenID server of another maker (panva's oidc-provider) under the addresses that Microsoft Entra has.
//
// `node provider.mjs CONFIG.json`: the file names the packages' folder, certificate, tenant, scope, clients and
// people. Every line of its own on the standard output is JSON: first {"event": "ready", "port": ...}, then what
// came to pass. It holds everything in memory, listens on loopback alone and knows nothing of the portal.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const config = JSON.parse(readFileSync(process.argv[2], 'utf-8'));
const resolve = createRequire(`${config.packages}/package.json`).resolve;
const { default: Provider } = await import(pathToFileURL(resolve('oidc-provider')).href);

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));
const isRefresh = (ctx) => ctx.oidc.params.grant_type === 'refresh_token';
const root = `/${config.tenant}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function describeResource(ctx) {
  // A refresh takes its time after it has spent its refresh token: whoever comes second comes too late.
  if (isRefresh(ctx)) await sleep(config.refresh_milliseconds);
  return {
    scope: config.scope,
    audience: config.scope.split('/')[0],
    accessTokenFormat: 'jwt',
    accessTokenTTL: isRefresh(ctx) ? 3600 : config.first_access_token_seconds,
  };
}

function describePerson(_ctx, login) {
  const claims = config.people[login];
  return claims && { accountId: login, claims: () => ({ sub: login, ...claims }) };
}

const routes = {
  authorization: `${root}/oauth2/v2.0/authorize`,
  token: `${root}/oauth2/v2.0/token`,
  end_session: `${root}/oauth2/v2.0/logout`,
  jwks: `${root}/discovery/v2.0/keys`,
  userinfo: `${root}/oidc/userinfo`,
};

const configuration = {
  routes,
  clients: config.clients,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  findAccount: describePerson,
  pkce: { required: () => true },
  // One-time refresh tokens: one that is used again ends the whole grant. Entra is not that strict.
  rotateRefreshToken: true,
  subjectTypes: ['pairwise'],
  pairwiseIdentifier: (_ctx, login, client) =>
    createHash('sha256').update(`${client.sectorIdentifier} ${login}`).digest('base64url'),
  // Entra puts the claims of `profile` into the ID token itself, and its own beside them.
  conformIdTokenClaims: false,
  claims: {
    openid: ['sub', 'oid', 'tid', 'ver', 'roles', 'login_hint'],
    profile: ['name', 'preferred_username', 'email'],
  },
  features: {
    // Its own pages ask for login and consent.
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:azure-devops',
      useGrantedResource: () => true,
      getResourceServerInfo: describeResource,
    },
  },
};

function adapt(provider) {
  provider.use(async (ctx, next) => {
    // Standard servers grant `offline_access` only to whoever is asked for consent, and know no
    // `select_account`; Entra does without the one and has the other.
    if (ctx.path === routes.authorization) ctx.query = { ...ctx.query, prompt: 'consent' };
    await next();
    // Entra names beside `.default` what it stands for.
    const isAnswer = ctx.path === routes.token && ctx.body?.scope;
    if (isAnswer) ctx.body.scope += ` ${config.scope.split('/')[0]}/user_impersonation`;
  });
  provider.on('grant.success', ({ oidc }) =>
    tell('grant', { type: oidc.params.grant_type, by: oidc.client.clientId }));
  provider.on('grant.revoked', () => tell('grant.revoked'));
  for (const failure of ['grant.error', 'authorization.error', 'end_session.error', 'server_error']) {
    provider.on(failure, (_ctx, { error, error_detail: detail, message }) =>
      tell(failure, { error, detail: detail ?? message }));
  }
  return provider;
}

const server = createServer({ key: readFileSync(config.key), cert: readFileSync(config.certificate) });
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const handle = adapt(new Provider(`https://127.0.0.1:${port}${root}/v2.0`, configuration)).callback();
  server.on('request', (request, response) => {
    // The provider has its discovery document at the root; Entra has one per tenant.
    const isDiscovery = request.url.startsWith(`${root}/v2.0/.well-known/`);
    if (isDiscovery) request.url = request.url.slice(`${root}/v2.0`.length);
    handle(request, response);
  });
  tell('ready', { port });
});
