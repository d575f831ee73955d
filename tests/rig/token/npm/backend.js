'use strict';
/*
 * A CTAP 2.0 authenticator that nobody here wrote, as a backend of softtoken:
 * frames of u32 little-endian length, CTAPHID command, payload on standard
 * input and output.
 *
 *   --uv              it says that it has verified the user
 *   --attest CERT KEY packed attestation with this leaf (PEM), not its own key
 *
 * Four things of the package do not suit libfido2 and are mended here: its
 * CBOR is not canonical, it sends members whose value is undefined, it only
 * makes attestation "none", and it forgets a user's earlier credential.
 */
const crypto = require('crypto');
const fs = require('fs');
const cbor = require('cbor');
const emulator = require('nid-webauthn-emulator');

const CTAPHID_CBOR = 0x10;
const MAKE_CREDENTIAL = 0x01;
const OTHER_ERROR = 0x7f;
const ALGORITHMS = { ec: -7, ed25519: -8, rsa: -257 };

/* every credential is kept, under its id */
class Credentials extends emulator.PasskeysCredentialsMemoryRepository {
  constructor() {
    super();
    this.byId = new Map();
  }
  saveCredential(credential) {
    const id = Buffer.from(credential.publicKeyCredentialDescriptor.id);
    this.byId.set(id.toString('hex'), credential);
  }
  loadCredentials() {
    return [...this.byId.values()];
  }
  deleteCredential() {}
}

function parseArguments(argv) {
  const options = { uv: argv.includes('--uv') };
  const at = argv.indexOf('--attest');
  if (at >= 0) {
    const leaf = new crypto.X509Certificate(fs.readFileSync(argv[at + 1]));
    options.leaf = leaf.raw;
    options.key = crypto.createPrivateKey(fs.readFileSync(argv[at + 2]));
  }
  return options;
}

const options = parseArguments(process.argv.slice(2));
const credentials = new Credentials();
const consent = () => ({ options: { uv: options.uv, up: true } });
const authenticator = new emulator.AuthenticatorEmulator({
  credentialsRepository: credentials,
  verifications: { userPresent: true, userVerified: options.uv },
  userMakeCredentialInteraction: consent,
  userGetAssertionInteraction: consent,
});

function decode(bytes) {
  return cbor.decodeFirstSync(Buffer.from(bytes), { preferMap: true });
}

function withoutUndefined(value) {
  if (!(value instanceof Map))
    return value;
  const kept = [...value].filter(([, v]) => v !== undefined);
  return new Map(kept.map(([k, v]) => [k, withoutUndefined(v)]));
}

function ownKey(authData) {
  const length = authData.readUInt16BE(53);
  const id = authData.subarray(55, 55 + length).toString('hex');
  const source = credentials.byId.get(id).publicKeyCredentialSource;
  return crypto.createPrivateKey({
    format: 'der', type: 'pkcs8', key: Buffer.from(source.privateKey),
  });
}

function attest(request, response) {
  const authData = Buffer.from(response.get(2));
  const message = Buffer.concat([authData, Buffer.from(request.get(1))]);
  const key = options.key || ownKey(authData);
  const alg = ALGORITHMS[key.asymmetricKeyType];
  const sig = crypto.sign(alg === -8 ? null : 'sha256', message, key);
  const statement = new Map([['alg', alg], ['sig', sig]]);
  if (options.leaf)
    statement.set('x5c', [options.leaf]);
  return new Map([[1, 'packed'], [2, authData], [3, statement]]);
}

function serve(payload) {
  const reply = authenticator.command({
    command: payload[0],
    data: payload.length > 1 ? new Uint8Array(payload.subarray(1)) : undefined,
  });
  const status = Buffer.from([reply.status]);
  if (!reply.data || !reply.data.length)
    return status;
  let map = decode(reply.data);
  if (payload[0] === MAKE_CREDENTIAL && reply.status === 0)
    map = attest(decode(payload.subarray(1)), map);
  return Buffer.concat([status, cbor.encodeCanonical(withoutUndefined(map))]);
}

function answer(command, payload) {
  if (command !== CTAPHID_CBOR)
    return Buffer.from([0x6d, 0x00]);       /* no U2F */
  try {
    return serve(payload);
  } catch (e) {
    const known = typeof e.status === 'number';
    return Buffer.from([known ? e.status : OTHER_ERROR]);
  }
}

let pending = Buffer.alloc(0);

process.stdin.on('data', (chunk) => {
  pending = Buffer.concat([pending, chunk]);
  while (pending.length >= 4) {
    const length = pending.readUInt32LE(0);
    if (pending.length < 4 + length)
      return;
    const command = pending[4];
    const reply = answer(command, pending.subarray(5, 4 + length));
    const head = Buffer.alloc(5);
    head.writeUInt32LE(reply.length + 1);
    head[4] = command;
    process.stdout.write(Buffer.concat([head, reply]));
    pending = pending.subarray(4 + length);
  }
});
