// A provider of OpenID Connect on this machine: one client, users by name, groups by a claim. Prints one line when it listens.
// Usage: node provider.mjs PORT REDIRECT_URI POST_LOGOUT_URI TOKEN_SECONDS
import Provider from 'oidc-provider';

const [port, redirect, afterwards, seconds] = process.argv.slice(2);
const GROUPS = { ann: ['admins', 'base'], bob: ['base'] };

const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: 'portal',
      client_secret: 'only-for-tests',
      redirect_uris: [redirect],
      post_logout_redirect_uris: [afterwards],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'], groups: ['groups'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true }, revocation: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: id, email: `${id}@example.org`, groups: GROUPS[id] ?? [] }),
  }),
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  pkce: { required: () => true },
  ttl: { IdToken: Number(seconds), AccessToken: Number(seconds) },
});
provider.listen(Number(port), '127.0.0.1', () => console.log(`listening on ${port}`));
