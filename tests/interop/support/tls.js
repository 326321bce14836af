// SPDX-License-Identifier: MIT
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const { generateKeyPairSync, sign } = require('node:crypto');
const { once } = require('node:events');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

// A folder that is removed at the end.
function temporaryFolder(atEnd) {
    const folder = mkdtempSync(join(tmpdir(), 'webpubsub-interop-'));
    atEnd.push(() => rmSync(folder, { recursive: true }));
    return folder;
}

// A certificate of this machine that nobody else has signed, and its key, as files.
function selfSigned(folder) {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost',
        '-keyout', key, '-out', cert], { stdio: ['ignore', 'ignore', 'pipe'] });
    return { cert, key };
}

// Calls `body` with the files of a certificate that this process trusts: Node reads NODE_EXTRA_CA_CERTS when it starts,
// so it is started once more. That process ends when this one does, whose end closes its input.
async function trustingOwnCertificate(atEnd, body) {
    const cert = process.env.WEBPUBSUB_INTEROP_CERT;
    if (cert !== undefined) {
        process.stdin.on('end', () => process.exit(1)).resume();
        return body({ cert, key: cert.replace(/cert[.]pem$/, 'key.pem') });
    }
    const files = selfSigned(temporaryFolder(atEnd));
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: files.cert, WEBPUBSUB_INTEROP_CERT: files.cert };
    const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['pipe', 'inherit', 'inherit'], env });
    const [status, signal] = await once(child, 'exit');
    if (status !== 0) throw new Error(`the process that trusts the certificate ended with ${status ?? signal}`);
}

// What stands for Microsoft Entra ID: a key whose public half is in the file `jwks`.
class TokenIssuer {
    #key;

    constructor(folder) {
        const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        this.#key = privateKey;
        this.jwks = join(folder, 'jwks.json');
        writeFileSync(this.jwks, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] }));
    }

    token(claims = {}) {
        const now = Math.floor(Date.now() / 1000);
        const text = [{ alg: 'RS256', typ: 'JWT', kid: 'one' },
            { aud: 'https://webpubsub.azure.com', iat: now, nbf: now, exp: now + 3600, ...claims }]
            .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
        return `${text}.${sign('sha256', Buffer.from(text), this.#key).toString('base64url')}`;
    }

    // A credential as the official libraries take it, which notes for which scopes it was asked.
    credential(claims) {
        const scopes = new Set();
        return {
            scopes,
            getToken: async (scope) => {
                [scope].flat().forEach((one) => scopes.add(one));
                return { token: this.token(claims), expiresOnTimestamp: Date.now() + 3600000 };
            },
        };
    }
}

module.exports = { TokenIssuer, selfSigned, temporaryFolder, trustingOwnCertificate };
