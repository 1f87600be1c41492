// Serves oidc-provider on a loopback port: node server.mjs FOLDER PORT CONFIG
//
// FOLDER has node_modules; PORT 0 takes a free one; CONFIG is what its Provider takes as
// configuration, with three members of ours: `issuerPath`, appended to the issuer; `signingKey`, the key
// id of a new RSA key; `signingKeys`, the key ids of RSA keys that are kept beside CONFIG: the first signs
// the tokens that client `robot` asks for. Prints `port N` when it listens.

import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port, file] = process.argv.slice(2);
const library = resolve(folder, 'node_modules/oidc-provider/lib/index.js');
const { Provider } = await import(pathToFileURL(library).href);
const { issuerPath = '', signingKey, signingKeys, ...configuration } = JSON.parse(readFileSync(file, 'utf8'));
function newKey(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}
if (signingKey) {
  configuration.jwks = { keys: [newKey(signingKey)] };
}
if (signingKeys) {
  const kept = `${file}.keys`;
  const known = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {};
  for (const kid of signingKeys) {
    known[kid] ??= newKey(kid);
  }
  writeFileSync(kept, JSON.stringify(known));
  configuration.jwks = { keys: signingKeys.map((kid) => known[kid]) };
  configuration.clients = [{
    client_id: 'robot',
    token_endpoint_auth_method: 'client_secret_post',
    client_secret: 'known-to-everybody',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  }];
  const sign = { alg: 'RS256', kid: signingKeys[0] };
  configuration.features.resourceIndicators = {
    enabled: true,
    getResourceServerInfo: () => ({ scope: 'read', accessTokenFormat: 'jwt', jwt: { sign } }),
  };
}
const server = http.createServer();
server.listen(Number(port), '127.0.0.1', () => {
  const { port: bound } = server.address();
  const provider = new Provider(`http://127.0.0.1:${bound}${issuerPath}`, configuration);
  server.on('request', provider.callback());
  console.log(`port ${bound}`);
});
