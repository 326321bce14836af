// SPDX-License-Identifier: MIT
// usage: service_samples.js EMULATOR
//
// What users of the service libraries for TypeScript start from, in samples/service, has the effects that are written
// down here. Of the text only the access key and the connection id are replaced, and Microsoft Entra ID is the test's.
'use strict';

const { readFileSync, readdirSync } = require('node:fs');
const { basename, join } = require('node:path');
const ts = require('typescript');
const { Emulator } = require('./support/emulator');
const { check, run } = require('./support/facts');
const { Observer, heardBy } = require('./support/observer');
const { TokenIssuer, temporaryFolder, trustingOwnCertificate } = require('./support/tls');

const [program] = process.argv.slice(2);
const folder = join(__dirname, 'samples', 'service');
const AsyncFunction = (async () => {}).constructor;
const closed = 'Application server closed the connection.';

// Runs a sample with these names in scope, and gives the values of those that it declares.
async function execute(sample, replaced, scope, ...declared) {
    let text = readFileSync(join(folder, `${sample}.ts`), 'utf8');
    for (const [from, to] of Object.entries(replaced)) text = text.replaceAll(`"${from}"`, JSON.stringify(to));
    const { outputText, diagnostics } = ts.transpileModule(text, {
        reportDiagnostics: true,
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, strict: true },
    });
    check(`${sample}.ts is TypeScript`, diagnostics.map(({ messageText }) => messageText), []);
    const names = { exports: {}, ...scope };
    const code = new AsyncFunction(...Object.keys(names), `${outputText}\nreturn { ${declared.join(', ')} };`);
    return code(...Object.values(names));
}

// Connections of user123 and others, by name; the one that a sample calls "connectionId" is `named`.
async function guests(client) {
    const wanted = { user: 'user123', user2: 'user123', named: 'eve', admin: 'admin' };
    return Object.fromEntries(await Promise.all(Object.entries(wanted).map(async ([name, userId]) =>
        [name, await Observer.open((await client.getClientAccessToken({ userId })).url)])));
}

const effects = {
    async authentication(client, all) {
        check('the client is of this service', [await client.userExists('user123'), await client.userExists('nobody')],
            [true, false]);
        await client.sendToUser('admin', 1);
        check('and does what it is told', await heardBy(all), { admin: [['server', 'json', 1]] });
    },

    async tokens(client) {
        const printed = [];
        const { token, userToken, permToken } = await execute('tokens', {},
            { client, console: { log: (...what) => printed.push(what) } }, 'token', 'userToken', 'permToken');
        check('the URL is printed', printed, [[token.url]]);
        check('it is a URL for a client', token.url.replace(/\d+[/]client/, 'PORT/client'),
            `wss://127.0.0.1:PORT/client/hubs/chat?access_token=${token.token}`);
        const [plain, user, permitted] = await Promise.all([token, userToken, permToken].map(({ url }) =>
            Observer.open(url)));
        check('who they are', [plain, user, permitted].map(({ userId }) => userId ?? null),
            [null, 'user123', 'user123']);
        await client.group('chat-room').sendToAll('x', { contentType: 'text/plain' });
        check('who is in the group from the start', await heardBy({ plain, user, permitted }),
            { permitted: [['group', 'chat-room', 'text', 'x']] });
        const may = async (one) => [await one.join('any'), (await one.request({ type: 'sendToGroup', group: 'other',
            dataType: 'text', data: 'x' })).outcome];
        check('who may join and publish', [await may(plain), await may(user), await may(permitted)],
            [['Forbidden', 'Forbidden'], ['Forbidden', 'Forbidden'], [true, true]]);
    },

    async sending(client, all) {
        await execute('sending', { connectionId: all.named.connectionId }, { client });
        const toAll = [['server', 'json', { message: 'Hello everyone!' }], ['server', 'text', 'Plain text']];
        const toUser = ['server', 'json', { message: 'Hello!' }];
        const toConnection = ['server', 'json', { data: 'Direct message' }];
        const filtered = ['server', 'json', { message: 'Filtered' }];
        check('who hears what', await heardBy(all), {
            user: [...toAll, toUser, filtered], user2: [...toAll, toUser, filtered],
            named: [...toAll, toConnection, filtered], admin: toAll,
        });
    },

    async groups(client, all) {
        await execute('groups', { connectionId: all.named.connectionId }, { client });
        check('the connection has heard what the group was told',
            (await all.named.inbox.next()).data, { message: 'Group message' });
        check('and was closed with the group', await all.named.end(), [`${closed} Reason: Maintenance`, 1000]);
        const { user, user2, admin } = all;
        check('the user, who was added and removed, has heard nothing', await heardBy({ user, user2, admin }), {});
        check('the group is empty', await client.groupExists('chat-room'), false);
    },

    async connections(client, all) {
        check('both are there', await execute('connections', { connectionId: all.named.connectionId }, { client },
            'exists', 'userExists'), { exists: true, userExists: true });
        check('the connection is closed', await all.named.end(), [`${closed} Reason: Kicked`, 1000]);
        // The library has no option `userId` here and sends nothing of it.
        check('and all others are, not the user\'s alone',
            await Promise.all([all.user, all.user2, all.admin].map((one) => one.end())), Array(3).fill([closed, 1000]));
    },
};

// The three clients that the first sample makes.
async function clients(emulator, credential) {
    const [endpoint, key] = [emulator.endpoint, /AccessKey=([^;]*)/.exec(emulator.connectionString)[1]];
    const environment = { WEBPUBSUB_CONNECTION_STRING: emulator.connectionString, WEBPUBSUB_ENDPOINT: endpoint };
    const modules = {
        '@azure/web-pubsub': require('@azure/web-pubsub'),
        '@azure/identity': { DefaultAzureCredential: function DefaultAzureCredential() { return credential; } },
    };
    return execute('authentication', { '<access-key>': key },
        { require: (name) => modules[name], process: { env: environment } }, 'client', 'client2', 'client3');
}

run((atEnd) => trustingOwnCertificate(atEnd, async ({ cert, key }) => {
    check('each sample has its effects written down', Object.keys(effects).sort(),
        readdirSync(folder).map((file) => basename(file, '.ts')).sort());
    const issuer = new TokenIssuer(temporaryFolder(atEnd));
    const credential = issuer.credential();
    const emulator = await Emulator.start(program, '--tls-cert', cert, '--tls-key', key, '--entra-jwks', issuer.jwks);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    for (const [name, client] of Object.entries(await clients(emulator, credential))) {
        for (const [sample, effect] of Object.entries(effects)) {
            console.log(`-- ${sample}, ${name}`);
            const all = await guests(client);
            await effect(client, all);
            await client.closeAllConnections();
            await Promise.all(Object.values(all).map((one) => one.closed));
        }
    }
    check('the recommended credential was asked', [...credential.scopes], ['https://webpubsub.azure.com/.default']);
}));
