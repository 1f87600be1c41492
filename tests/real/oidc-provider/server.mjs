// Serves oidc-provider on a loopback port: node server.mjs FOLDER PORT CONFIG
//
// FOLDER has node_modules; PORT 0 takes a free one; CONFIG is what its Provider takes as
// configuration, with two members of ours: `issuerPath`, appended to the issuer, and `signingKey`,
// the key id of a new RSA key. Prints `port N` when it listens.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port, file] = process.argv.slice(2);
const library = resolve(folder, 'node_modules/oidc-provider/lib/index.js');
const { Provider } = await import(pathToFileURL(library).href);
const { issuerPath = '', signingKey, ...configuration } = JSON.parse(readFileSync(file, 'utf8'));
if (signingKey) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: signingKey, use: 'sig', alg: 'RS256' };
  configuration.jwks = { keys: [key] };
}
const server = http.createServer();
server.listen(Number(port), '127.0.0.1', () => {
  const { port: bound } = server.address();
  const provider = new Provider(`http://127.0.0.1:${bound}${issuerPath}`, configuration);
  server.on('request', provider.callback());
  console.log(`port ${bound}`);
});
