// SPDX-License-Identifier: MIT
// usage: official_cluster.js EMULATOR redis|nats|threads
//
// Official clients, each on a node of its own, and the official service client through each node. Nodes are emulators
// with one broker, or the threads of one emulator, which takes new clients to them in turn.
'use strict';

const { WebPubSubServiceClient } = require('@azure/web-pubsub');
const { Broker } = require('./support/broker');
const { check, run, until } = require('./support/facts');
const { Emulator } = require('./support/emulator');
const { OfficialClient, gist } = require('./support/official');

const [program, kind] = process.argv.slice(2);
const subprotocols = ['json.webpubsub.azure.v1', 'json.reliable.webpubsub.azure.v1', 'protobuf.reliable.webpubsub.azure.v1'];

async function start(atEnd, ...options) {
    const emulator = await Emulator.start(program, ...options);
    atEnd.push(async () => check(`${options.join(' ')} ends cleanly`, await emulator.stop(), 0));
    return emulator;
}

async function startNodes(atEnd) {
    if (kind === 'threads') {
        const emulator = await start(atEnd, '--threads', '3', '--node', 'b000');
        return [emulator, emulator, emulator];
    }
    const broker = await Broker.start(kind);
    atEnd.push(() => broker.stop());
    const nodes = [];
    for (const place of ['b000', 'b001', 'b002']) {
        nodes.push(await start(atEnd, ...broker.options, '--node', place, '--dead-after', '3'));
    }
    return nodes;
}

run(async (atEnd) => {
    const nodes = await startNodes(atEnd);
    const services = nodes.map((node) => new WebPubSubServiceClient(node.connectionString, 'chat',
        { allowInsecureConnection: true }));

    // A client on each node, on a subprotocol of its own.
    const clients = [];
    for (const [i, node] of nodes.entries()) {
        const client = new OfficialClient(await node.url({ userId: `u${i}` }), subprotocols[i]);
        const { connectionId } = await client.start();
        client.id = connectionId;
        check(`a connection of node ${i} has its place in front`, connectionId.slice(0, 4), `b00${i}`);
        atEnd.push(() => client.client.stop());
        clients.push(client);
    }
    for (const { client } of clients) await client.joinGroup('room');

    for (const [i, { client }] of clients.entries()) {
        await client.sendToGroup('room', { from: i }, 'json', { noEcho: true });
        for (const [j, other] of clients.entries()) {
            if (j === i) continue;
            const { fromUserId, ...message } = gist(await other.messages.next());
            check(`what client ${i} sends reaches client ${j}`, message,
                { group: 'room', dataType: 'json', data: { from: i } });
        }
    }

    // The service client.
    for (const [i, service] of services.entries()) {
        const group = service.group('room');
        await service.sendToAll('to all', { contentType: 'text/plain' });
        for (const client of clients) {
            check(`node ${i} sends to everybody`, (await client.messages.next()).data, 'to all');
        }
        for (const client of clients) {
            check(`node ${i} knows each connection`, await service.connectionExists(client.id), true);
        }
        check(`node ${i} knows each user`, await service.userExists('u2'), true);
        check(`node ${i} knows who is not there`, await service.userExists('u9'), false);
        const listed = [];
        for await (const member of await group.listConnections()) listed.push(member.connectionId);
        check(`node ${i} lists the members of all nodes`, listed, clients.map((client) => client.id).sort());
        await group.removeConnection(clients[2].id);
        await group.sendToAll('to the group', { contentType: 'text/plain', filter: "userId ne 'u0'" });
        check(`node ${i} sends to a group, and removes from it`, (await clients[1].messages.next()).data, 'to the group');
        await group.addUser('u2');
        await group.sendToAll('again', { contentType: 'text/plain' });
        for (const client of clients) {
            check(`node ${i} adds a user to a group`, (await client.messages.next()).data, 'again');
        }
        await service.sendToConnection(clients[0].id, 'to one', { contentType: 'text/plain' });
        check(`node ${i} sends to a connection`, (await clients[0].messages.next()).data, 'to one');
    }
    check('nobody got anything else', clients.flatMap((client) => client.messages.rest()), []);

    await services[0].closeConnection(clients[2].id, { reason: 'enough' });
    await until('the close', () => clients[2].received('system', { event: 'disconnected' }).length === 1);
    check('a connection is closed from another node', true, true);
});
