// SPDX-License-Identifier: MIT
// Faults of messages, in either direction; see side_by_side.js for what they consist of.
'use strict';

const { happens } = require('../driven_client');
const { doubled, inOrder, isMessage, missing, numbered, time } = require('./counts');

const published = numbered(20);

const acksLost = {
    name: `acks of ${published.length} messages lost with the transport`,
    script: () => ({
        received(message, connection, service) {
            if (!isMessage(message) || service.accepted > 1) return false;
            service.publish(connection, message);
            if (service.published.length === published.length) connection.cut();
            return true;
        },
    }),
    async play({ client, service }) {
        client.write(...published.map((text) => `send room ${text}`));
        await happens(8000, () => client.outcomes.length === published.length);
        return {
            lost: missing(published, service.published),
            twice: doubled(service.published),
            succeeded: client.outcomes.filter(({ status }) => status === 'succeeded').length,
            duplicate: client.outcomes.filter(({ duplicate }) => duplicate).length,
        };
    },
    words: ({ lost, twice, succeeded, duplicate }) => `${twice} executed twice, ${lost} lost; ${succeeded} told as ` +
        `succeeded, ${duplicate} of them as duplicate`,
    ours: {
        'nothing is executed twice': ({ twice }) => twice === 0,
        'nothing is lost': ({ lost }) => lost === 0,
        'every outcome is told': ({ succeeded }) => succeeded === published.length,
        'as what the service executed before': ({ duplicate }) => duplicate === published.length,
    },
    official: { 'everything is executed twice': ({ twice }) => twice === published.length },
};

const half = 50;
const cuts = 3;

const cutInBurst = {
    name: `transport cut ${cuts} times among messages to the client, with some received and not acknowledged`,
    async play({ client, service: { connection } }) {
        const all = numbered(2 * half * (cuts + 1));
        for (let i = 0; i < all.length; i += 2 * half) {
            await client.ready('a transport', () => connection.transport !== null);
            for (const data of all.slice(i, i + half)) connection.deliver('room', data);
            await client.ready('half of the messages', () => client.data.includes(all[i + half - 1]));
            for (const data of all.slice(i + half, i + 2 * half)) connection.deliver('room', data);
            if (i + 2 * half < all.length) connection.cut();
        }
        await happens(8000, () => client.data.includes(all.at(-1)));
        return {
            sent: all.length, repeated: connection.repeated, lost: missing(all, client.data),
            twice: doubled(client.data), inOrder: inOrder(client.data),
        };
    },
    words: ({ sent, repeated, lost, twice }) =>
        `${lost} of ${sent} lost, ${twice} delivered twice (${repeated} sent again)`,
    ours: {
        'the service repeats what is not acknowledged': ({ repeated }) => repeated >= half,
        'nothing is lost': ({ lost }) => lost === 0,
        'nothing is delivered twice': ({ twice }) => twice === 0,
        'and all in order': (counts) => counts.inOrder,
    },
    official: { 'nothing is lost or delivered twice': ({ lost, twice }) => lost === 0 && twice === 0 },
};

const refused = numbered(5);

const forbidden = {
    name: `\`Forbidden\` for ${refused.length} messages`,
    script: () => ({
        received(message, connection) {
            if (!isMessage(message)) return false;
            connection.ack(message.ackId, { name: 'Forbidden', message: 'No.' });
            return true;
        },
    }),
    async play({ client, service }) {
        client.write(...refused.map((text) => `send room ${text}`));
        await happens(8000, () => client.outcomes.length === refused.length);
        return {
            retries: service.count('sendToGroup') - refused.length,
            told: client.outcomes.filter(({ error }) => error?.name === 'Forbidden').length,
            after: Math.max(...client.waits),
        };
    },
    words: ({ retries, told, after }) => `${retries} needless retries; ${told} told` +
        (told ? `, after ${time(after)}` : ''),
    ours: {
        'nothing is tried again': ({ retries }) => retries === 0,
        'the application is told why': ({ told }) => told === refused.length,
        'at once': ({ after }) => after < 1000,
    },
    official: { 'every message is tried three times more': ({ retries }) => retries === 3 * refused.length },
};

const around = numbered(10);
const pending = numbered(3);

function malformed(name, more) {
    return {
        name,
        ...more,
        script: () => ({ received: isMessage }),
        async play({ client, service }) {
            client.write(...pending.map((text) => `send room ${text}`));
            await client.ready('the messages', () => service.count('sendToGroup') === pending.length);
            const { connection } = service;
            const before = around.slice(0, 5);
            const after = around.slice(5);
            for (const data of before) connection.deliver('room', data);
            await client.ready('what is before the frame', () => missing(before, client.data) === 0);
            connection.deliver('room', 42, 'text');
            for (const data of after) connection.deliver('room', data);
            for (const { ackId } of service.messages.filter(isMessage)) connection.ack(ackId);
            await happens(2000, () => client.outcomes.length === pending.length || client.ended);
            return {
                delivered: after.length - missing(after, client.data), outcomes: client.outcomes.length,
                ended: client.ended, connections: service.accepted,
            };
        },
        words: ({ delivered, outcomes, ended }) => `${delivered} of 5 messages behind it delivered, ${outcomes} of ` +
            `${pending.length} outcomes told; the process ${ended ? 'ended' : 'goes on'}`,
        ours: {
            'everything behind the frame is delivered': ({ delivered }) => delivered === 5,
            'every outcome is told': ({ outcomes }) => outcomes === pending.length,
            'the process and the connection go on': ({ ended, connections }) => !ended && connections === 1,
        },
        official: {
            'nothing behind the frame is delivered': ({ delivered, outcomes }) => delivered === 0 && outcomes === 0,
        },
    };
}

const largeIds = {
    name: '20 messages with sequence ids on both sides of 2^53',
    async play({ client, service: { connection } }) {
        const all = numbered(20);
        connection.sequenceId = 2n ** 53n - 5n;
        for (const data of all) connection.deliver('room', data);
        await happens(1500, () => client.data.length === all.length);
        // What is received is acknowledged once a second.
        await happens(1500, () => connection.unacknowledged.length === 0);
        return {
            lost: missing(all, client.data), twice: doubled(client.data),
            acknowledged: all.length - connection.unacknowledged.length,
        };
    },
    words: ({ lost, twice, acknowledged }) => `${lost} lost, ${twice} delivered twice; ${acknowledged} acknowledged`,
    ours: {
        'nothing is lost': ({ lost }) => lost === 0,
        'nothing is delivered twice': ({ twice }) => twice === 0,
        'everything is acknowledged': ({ acknowledged }) => acknowledged === 20,
    },
    official: { 'some of them are lost': ({ lost }) => lost > 0 },
};

module.exports = [
    acksLost,
    cutInBurst,
    forbidden,
    malformed('malformed frame from the service'),
    malformed('the same, where an uncaught exception does not end the process', { survive: true }),
    largeIds,
];
