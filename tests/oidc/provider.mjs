// A provider of identities for tests: oidc-provider on a free port of loopback.
//
// Its first line on standard output is its address. PUT /accounts/<id> with JSON sets what is true
// of an account (email, email_verified, amr: how it signed in). It ends when its input does, so
// that no test leaves one behind.

import http from "node:http";
import process from "node:process";

import { Provider } from "oidc-provider";

const [clientId, clientSecret, redirectUri] = process.argv.slice(2);
const accounts = new Map();

const server = http.createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    { client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] },
  ],
  claims: { openid: ["sub", "amr"], email: ["email", "email_verified"] },
  pkce: { methods: ["S256"], required: () => true },
  cookies: { keys: ["for these tests alone"] },
  findAccount: (_, id) => {
    const known = accounts.get(id);
    return known && { accountId: id, claims: () => ({ sub: id, ...known.claims }) };
  },
});

// The forms that come with it know no second factor: what an account signs in with is added here.
const finish = provider.interactionFinished.bind(provider);
provider.interactionFinished = (request, response, result, options) => {
  if (result.login) result.login.amr = accounts.get(result.login.accountId)?.amr;
  return finish(request, response, result, options);
};

async function setAccount(request, response, id) {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { amr, ...claims } = JSON.parse(body);
  accounts.set(id, { amr, claims });
  response.writeHead(204).end();
}

const answer = provider.callback();
server.on("request", (request, response) => {
  const account = /^\/accounts\/([\w-]+)$/.exec(request.url);
  if (request.method === "PUT" && account) setAccount(request, response, account[1]);
  else answer(request, response);
});

process.stdin.resume().on("end", () => process.exit(0));
console.log(issuer);
