// SPDX-License-Identifier: MIT
// usage: official_service.js EMULATOR CREDENTIAL
//
// Every operation of the official service library, while clients see what becomes of it. CREDENTIAL tells how the
// library shows who it is: connection-string, key, or token, which is a bearer token over TLS.
'use strict';

const { AzureKeyCredential, WebPubSubServiceClient, odata } = require('@azure/web-pubsub');
const { Emulator } = require('./support/emulator');
const { check, run, sleep } = require('./support/facts');
const { Observer, heardBy } = require('./support/observer');
const { Recorder } = require('./support/recorder');
const { TokenIssuer, temporaryFolder, trustingOwnCertificate } = require('./support/tls');

const [program, credentialKind] = process.argv.slice(2);
const text = { contentType: 'text/plain' };
const json = 'json.webpubsub.azure.v1';
const reliable = 'json.reliable.webpubsub.azure.v1';

// Which operations were called; in the end all that there are.
const recorder = new Recorder();

function claimsOf(token) {
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

// Clients by name, each with a token for what it is to be.
async function guests(service, wanted) {
    const opened = await Promise.all(Object.entries(wanted).map(async ([name, options]) =>
        [name, await Observer.open((await service.getClientAccessToken(options)).url)]));
    return Object.fromEntries(opened);
}

// What each of these has heard, if each has heard the same.
function each(names, ...messages) {
    return Object.fromEntries(names.split(' ').map((name) => [name, messages]));
}

async function failure(promise) {
    try {
        await promise;
    } catch ({ name, statusCode, code }) {
        return [name, statusCode, code];
    }
    return 'none';
}

async function sending(service) {
    const all = await guests(service, {
        ada: { userId: 'ada', groups: ['red'] }, ada2: { userId: 'ada', groups: ['blue'] },
        vic: { userId: "vic's", groups: ['red'] }, nobody: {},
    });
    const everybody = 'ada ada2 vic nobody';
    await service.sendToAll('gr\u00fc\u00dfe', text);
    check('text to all', await heardBy(all), each(everybody, ['server', 'text', 'gr\u00fc\u00dfe']));
    await service.sendToAll({ a: [1.5, null] });
    check('JSON to all', await heardBy(all), each(everybody, ['server', 'json', { a: [1.5, null] }]));
    await service.sendToAll('in quotes');
    check('a string without a content type is JSON', await heardBy(all),
        each(everybody, ['server', 'json', 'in quotes']));
    await service.sendToAll(Uint8Array.of(0, 1, 255));
    check('bytes to all', await heardBy(all), each(everybody, ['server', 'binary', 'AAH/']));
    await service.sendToAll('x', { ...text, excludedConnections: [all.ada.connectionId, all.vic.connectionId] });
    check('to all but two', await heardBy(all), each('ada2 nobody', ['server', 'text', 'x']));
    await service.sendToAll('x', { ...text, filter: odata`userId eq ${"vic's"} or userId eq ${null}` });
    check('to all whom a filter selects', await heardBy(all), each('vic nobody', ['server', 'text', 'x']));
    await service.sendToAll('x', { filter: odata`${'red'} in groups`, excludedConnections: [all.vic.connectionId] });
    check('a filter and an exclusion', await heardBy(all), each('ada', ['server', 'json', 'x']));

    await service.sendToUser('ada', 'x', text);
    check('text to a user, who has two connections', await heardBy(all), each('ada ada2', ['server', 'text', 'x']));
    await service.sendToUser("vic's", [true]);
    check('JSON to a user', await heardBy(all), each('vic', ['server', 'json', [true]]));
    await service.sendToUser('ada', Uint8Array.of(7).buffer, { filter: odata`not (${'red'} in groups)` });
    check('bytes to those of a user\'s connections whom a filter selects', await heardBy(all),
        each('ada2', ['server', 'binary', 'Bw==']));
    await service.sendToUser('stranger', 'x', text);
    check('to a user who is not there: nobody, and no error', await heardBy(all), {});

    await service.sendToConnection(all.nobody.connectionId, 'x', text);
    await service.sendToConnection(all.nobody.connectionId, { a: 1 });
    await service.sendToConnection(all.nobody.connectionId, Uint8Array.of(1));
    await service.sendToConnection('stranger', 'x', text);
    check('text, JSON and bytes to a connection', await heardBy(all),
        each('nobody', ['server', 'text', 'x'], ['server', 'json', { a: 1 }], ['server', 'binary', 'AQ==']));

    const red = service.group('red');
    await red.sendToAll('x', text);
    await red.sendToAll(null);
    await red.sendToAll(Uint8Array.of(2));
    check('text, JSON and bytes to a group', await heardBy(all), each('ada vic', ['group', 'red', 'text', 'x'],
        ['group', 'red', 'json', null], ['group', 'red', 'binary', 'Ag==']));
    await red.sendToAll('x', { ...text, excludedConnections: [all.ada.connectionId] });
    check('to a group but one', await heardBy(all), each('vic', ['group', 'red', 'text', 'x']));
    await red.sendToAll('x', { ...text, filter: odata`startswith(userId, ${'a'})` });
    check('to those of a group whom a filter selects', await heardBy(all), each('ada', ['group', 'red', 'text', 'x']));
}

// A message that lives for a second is not there any more when a client comes back later.
async function timeToLive(service) {
    const { url } = await service.getClientAccessToken({ userId: 'ada', groups: ['red'] });
    const before = await Observer.open(url, { subprotocol: reliable });
    before.socket.terminate();
    await before.closed;
    await sleep(200);
    for (const [data, messageTtlSeconds] of [['short', 1], ['long', 300], ['for ever', 0]]) {
        const options = { ...text, messageTtlSeconds };
        await service.sendToAll(`all: ${data}`, options);
        await service.sendToUser('ada', `user: ${data}`, options);
        await service.sendToConnection(before.connectionId, `connection: ${data}`, options);
        await service.group('red').sendToAll(`group: ${data}`, options);
    }
    await sleep(1500);
    const after = await before.recover();
    check('the connection is the same', after.connectionId, before.connectionId);
    check('after 1.5 s what was to live for one is gone', (await after.heard()).map((message) => message.at(-1)),
        ['long', 'for ever'].flatMap((data) => ['all', 'user', 'connection', 'group'].map((to) => `${to}: ${data}`)));
}

async function groups(service) {
    const all = await guests(service, { ada: { userId: 'ada' }, ada2: { userId: 'ada' }, bob: { userId: 'bob' } });
    const members = async (name) => {
        await service.group(name).sendToAll('x', text);
        return Object.keys(await heardBy(all)).join(' ');
    };
    const name = 'room 1+\u00e4?';
    const group = service.group(name);
    check('a group is not there before it has a member', await service.groupExists(name), false);
    await group.addConnection(all.bob.connectionId);
    check('a connection is added', [await members(name), await service.groupExists(name)], ['bob', true]);
    await group.addUser('ada');
    check('a user is added', await members(name), 'ada ada2 bob');
    await group.removeConnection(all.ada2.connectionId);
    check('a connection is removed', await members(name), 'ada bob');
    await group.removeUser('ada');
    check('a user is removed', await members(name), 'bob');
    await group.removeConnection(all.bob.connectionId);
    await group.removeConnection('stranger');
    check('the last one is removed', [await members(name), await service.groupExists(name)], ['', false]);

    await service.addConnectionsToGroups(['one', 'two', 'one'], odata`userId eq ${'ada'}`);
    check('whom a filter selects is added to all groups', [await members('one'), await members('two')],
        ['ada ada2', 'ada ada2']);
    await service.addConnectionsToGroups(['three'], odata`userId eq ${'stranger'}`);
    check('a filter may select nobody', await service.groupExists('three'), false);
    await service.addConnectionsToGroups(['three']);
    check('without a filter everybody is added', await members('three'), 'ada ada2 bob');
    await service.removeConnectionsFromGroups(['one', 'three'], odata`connectionId ne ${all.ada.connectionId}`);
    check('whom a filter selects is removed from those groups',
        [await members('one'), await members('two'), await members('three')], ['ada', 'ada ada2', 'ada']);
    await service.removeConnectionFromAllGroups(all.ada2.connectionId);
    check('a connection is removed from all groups', [await members('one'), await members('two')], ['ada', 'ada']);
    await service.group('one').addUser('bob');
    await service.removeUserFromAllGroups('ada');
    check('a user is removed from all groups',
        [await members('one'), await members('two'), await members('three')], ['bob', '', '']);

    await service.group('a/b').addUser('bob');
    check('a slash in a name stays escaped, as at the service', [await service.groupExists('a/b'),
        (await all.bob.request({ type: 'leaveGroup', group: 'a%2Fb' })).outcome, await service.groupExists('a/b')],
    [true, 'Forbidden', true]);
}

async function existence(service) {
    const { ada, bob } = await guests(service, { ada: { userId: 'ada' }, bob: { userId: 'bob' } });
    check('who is there', [await service.connectionExists(ada.connectionId), await service.userExists('ada'),
        await service.userExists('bob')], [true, true, true]);
    check('who is not', [await service.connectionExists('stranger'), await service.userExists('stranger')],
        [false, false]);
    bob.socket.close();
    await bob.closed;
    check('who has left', [await service.userExists('bob'), await service.connectionExists(bob.connectionId)],
        [false, false]);
}

async function closing(service) {
    const user = (userId) => ({ userId, groups: ['red'] });
    const all = await guests(service, { ada: user('ada'), ada2: user('ada'), bob: user('bob'), bob2: user('bob'),
        eve: user('eve'), eve2: user('eve'), fay: { userId: 'fay' } });
    const open = () => Object.keys(all).filter((name) => all[name].isOpen).join(' ');
    const closed = 'Application server closed the connection.';
    await service.closeConnection(all.ada.connectionId, { reason: 'bye & co' });
    check('a connection is closed, with a reason', await all.ada.end(), [`${closed} Reason: bye & co`, 1000]);
    check('and is not there any more', await service.connectionExists(all.ada.connectionId), false);
    await service.closeConnection(all.ada2.connectionId);
    check('a reason is not needed', await all.ada2.end(), [closed, 1000]);
    await service.closeConnection('stranger');
    await service.closeUserConnections('bob', { excluded: [all.bob2.connectionId], reason: 'u' });
    check('a user\'s connections are closed', await all.bob.end(), [`${closed} Reason: u`, 1000]);
    await all.bob2.heard();
    check('but one', open(), 'bob2 eve eve2 fay');
    await service.group('red').closeAllConnections({ excluded: [all.eve2.connectionId], reason: 'g' });
    check('a group\'s connections are closed', [await all.bob2.end(), await all.eve.end()],
        [[`${closed} Reason: g`, 1000], [`${closed} Reason: g`, 1000]]);
    await heardBy({ eve2: all.eve2, fay: all.fay });
    check('but one, and those outside', open(), 'eve2 fay');
    await service.closeAllConnections({ excluded: [all.fay.connectionId], reason: 'a' });
    check('all are closed', await all.eve2.end(), [`${closed} Reason: a`, 1000]);
    await all.fay.heard();
    check('but one, too', open(), 'fay');
    await service.closeAllConnections();
    check('and then all', await all.fay.end(), [closed, 1000]);
}

async function permissions(service) {
    const { ada } = await guests(service, { ada: { userId: 'ada' } });
    const id = ada.connectionId;
    const may = async (permission, targetName) => service.hasPermission(id, permission, { targetName });
    const publish = async (group) =>
        (await ada.request({ type: 'sendToGroup', group, dataType: 'text', data: 'x' })).outcome;
    check('without a role nothing is allowed', [await ada.join('red'), await publish('red'),
        await may('joinLeaveGroup', 'red'), await may('sendToGroup', 'red')],
    ['Forbidden', 'Forbidden', false, false]);
    await service.grantPermission(id, 'joinLeaveGroup', { targetName: 'red' });
    check('joining a group is granted', [await ada.join('red'), await ada.join('blue'), await publish('red')],
        [true, 'Forbidden', 'Forbidden']);
    await service.grantPermission(id, 'sendToGroup', { targetName: 'red' });
    check('and sending to it', [await publish('red'), await publish('blue'), await may('sendToGroup', 'red'),
        await may('sendToGroup', 'blue')], [true, 'Forbidden', true, false]);
    await service.revokePermission(id, 'joinLeaveGroup', { targetName: 'red' });
    check('joining is revoked', [await ada.join('red'), await may('joinLeaveGroup', 'red'), await publish('red')],
        ['Forbidden', false, true]);
    await service.revokePermission(id, 'sendToGroup', { targetName: 'red' });
    check('and sending', [await publish('red'), await may('sendToGroup', 'red')], ['Forbidden', false]);
    check('nobody has no permission', await service.hasPermission('stranger', 'sendToGroup', { targetName: 'red' }),
        false);
}

async function listing(service) {
    const all = await guests(service, Object.fromEntries(Array.from({ length: 5 }, (_, i) =>
        [`guest${i}`, { userId: i === 0 ? undefined : `user${i}`, groups: ['red'] }])));
    const expected = Object.values(all).map(({ connectionId, userId }) =>
        ({ connectionId, userId: userId ?? undefined })).sort((a, b) => a.connectionId < b.connectionId ? -1 : 1);
    const red = service.group('red');
    const listed = async (options) => {
        const list = [];
        for await (const { connectionId, userId } of await red.listConnections(options)) {
            list.push({ connectionId, userId });
        }
        return list;
    };
    const pages = async (options, settings) => {
        const sizes = [];
        for await (const page of (await red.listConnections(options)).byPage(settings)) sizes.push(page.length);
        return sizes;
    };
    check('all members are listed', await listed(), expected);
    check('over several pages too', await listed({ maxPageSize: 2 }), expected);
    check('the pages have that size', await pages({ maxPageSize: 2 }), [2, 2, 1]);
    check('the first ones only', await listed({ top: 3 }), expected.slice(0, 3));
    check('the first ones, on pages', await pages({ top: 3, maxPageSize: 2 }), [2, 1]);
    let link;
    const onResponse = (response) => { link = JSON.parse(response.bodyAsText).nextLink; };
    await (await red.listConnections({ maxPageSize: 3, onResponse })).byPage().next();
    check('a list is continued where it was left, by the link', await pages({}, { continuationToken: link }), [2]);
    const continuationToken = new URL(link).searchParams.get('continuationToken');
    check('or by the token in it', await listed({ continuationToken }), expected.slice(3));
    const empty = await service.group('blue').listConnections();
    check('a group without members has an empty list', await empty.next(), { done: true, value: undefined });
}

async function tokens(service, endpoint) {
    const options = {
        userId: 'user 1', roles: ['webpubsub.joinLeaveGroup.red', 'webpubsub.sendToGroup'], groups: ['blue', 'green'],
        expirationTimeInMinutes: 5,
    };
    const { token, baseUrl, url } = await service.getClientAccessToken(options);
    check('where a client connects', [baseUrl, url],
        [`${endpoint.replace('http', 'ws')}/client/hubs/tokens`, `${baseUrl}?access_token=${token}`]);
    const { iat, exp, aud, sub, role, 'webpubsub.group': group } = claimsOf(token);
    check('what its token says', { life: exp - iat, aud, sub, role, group }, { life: 300, sub: options.userId,
        aud: `${endpoint}/client/hubs/tokens`, role: options.roles, group: options.groups });
    const client = await Observer.open(url);
    check('it has the user id', client.userId, 'user 1');
    check('and the roles', [await client.join('red'), await client.join('yellow'),
        (await client.request({ type: 'sendToGroup', group: 'yellow', dataType: 'text', data: 'x' })).outcome],
    [true, 'Forbidden', true]);
    await service.group('green').sendToAll(1);
    check('and the groups', await client.heard(), [['group', 'green', 'json', 1]]);
    const plain = claimsOf((await service.getClientAccessToken()).token);
    check('a token lives for an hour, unless it says otherwise', [plain.exp - plain.iat, plain.sub],
        [3600, undefined]);
    if (credentialKind === 'token') {
        check('for MQTT there is no token: 501',
            (await failure(service.getClientAccessToken({ clientProtocol: 'mqtt' }))).slice(0, 2), ['RestError', 501]);
    }
}

async function errors(service, stranger) {
    check('who can\'t show who it is: 401', (await failure(stranger.sendToAll('x', text))).slice(0, 2),
        ['RestError', 401]);
    check('a connection that is not there: 404', await failure(service.group('red').addConnection('stranger')),
        ['RestError', 404, 'Error.Connection.NotExisted']);
    check('for a permission too', await failure(service.grantPermission('stranger', 'sendToGroup',
        { targetName: 'red' })), ['RestError', 404, 'Info.Connection.NotExisted']);
    check('a user who is not there: 404', (await failure(service.group('red').addUser('stranger'))).slice(0, 2),
        ['RestError', 404]);
    const badRequest = ['RestError', 400, 'Error.BadRequest'];
    check('a broken filter: 400', await failure(service.sendToAll('x', { ...text, filter: 'userId eq' })), badRequest);
    check('in a body too', await failure(service.addConnectionsToGroups(['red'], 'userId lt 1')), badRequest);
    check('no group: 400', await failure(service.addConnectionsToGroups([], 'true')), badRequest);
    check('a group whose name is too long: 400', await failure(service.group('g'.repeat(1025)).sendToAll(1)),
        badRequest);
    check('more than 1 MiB: 400', await failure(service.sendToAll(new Uint8Array((1 << 20) + 1))), badRequest);
}

async function keyErrors(emulator) {
    const options = { allowInsecureConnection: true };
    const wrong = new AzureKeyCredential('another key that has 32 bytes or more');
    const { url } = await new WebPubSubServiceClient(emulator.endpoint, wrong, 'errors', options)
        .getClientAccessToken();
    check('a client whose token has another key: 401', await Observer.refusal(url, json), 401);
    const service = new WebPubSubServiceClient(emulator.connectionString, 'errors', options);
    const late = await service.getClientAccessToken({ expirationTimeInMinutes: -10 });
    check('a client whose token has expired: 401', await Observer.refusal(late.url, json), 401);
}

// Everything, each in a hub of its own, with the services that `create` gives.
async function operations(endpoint, create) {
    for (const part of [sending, timeToLive, groups, existence, closing, permissions, listing, tokens]) {
        console.log(`-- ${part.name}`);
        await part(recorder.of(create(part.name)), endpoint);
    }
    check('no operation was left out', recorder.missing(), []);
}

async function withKey(atEnd) {
    const emulator = await Emulator.start(program);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    const options = { allowInsecureConnection: true };
    const key = /AccessKey=([^;]*)/.exec(emulator.connectionString)[1];
    const create = credentialKind === 'key' ?
        (hub) => new WebPubSubServiceClient(emulator.endpoint, new AzureKeyCredential(key), hub, options) :
        (hub) => new WebPubSubServiceClient(emulator.connectionString, hub, options);
    await operations(emulator.endpoint, create);
    const wrong = new AzureKeyCredential(`${key}x`);
    await errors(create('errors'), new WebPubSubServiceClient(emulator.endpoint, wrong, 'errors', options));
    await keyErrors(emulator);
}

async function withToken(atEnd) {
    await trustingOwnCertificate(atEnd, async ({ cert, key }) => {
        const [issuer, stranger] = [new TokenIssuer(temporaryFolder(atEnd)), new TokenIssuer(temporaryFolder(atEnd))];
        const emulator = await Emulator.start(program, '--tls-cert', cert, '--tls-key', key,
            '--entra-jwks', issuer.jwks);
        atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
        const credential = issuer.credential();
        const create = (hub, shown = credential) => new WebPubSubServiceClient(emulator.endpoint, shown, hub);
        await operations(emulator.endpoint, create);
        check('the token is for Web PubSub', [...credential.scopes], ['https://webpubsub.azure.com/.default']);
        await errors(create('errors'), create('errors', stranger.credential()));
        for (const [what, claims] of [['has expired', { exp: 1 }], ['is for another service', { aud: 'other' }]]) {
            check(`a bearer token that ${what}: 401`,
                (await failure(create('errors', issuer.credential(claims)).userExists('ada'))).slice(0, 2),
                ['RestError', 401]);
        }
        check('a life of no time: 400',
            (await failure(create('errors').getClientAccessToken({ expirationTimeInMinutes: 0 }))).slice(0, 2),
            ['RestError', 400]);
    });
}

run(credentialKind === 'token' ? withToken : withKey);
