// SPDX-License-Identifier: MIT
// Faults of streams; see side_by_side.js for what they consist of.
'use strict';

const { happens } = require('../driven_client');
const { sleep } = require('../facts');
const { doubled, inOrder, missing, numbered } = require('./counts');

const fragments = numbered(6);

const nack = {
    name: `\`streamNack\` for fragment 2 of ${fragments.length}, once`,
    script: () => ({
        refused: false,
        received({ type, streamId, streamSequenceId }, connection, service) {
            if (this.refused || type !== 'streamData' || streamSequenceId !== 2n) return false;
            this.refused = true;
            service.refuse(connection, streamId, 'TransientError');
            return true;
        },
    }),
    async play({ client, service }) {
        client.write('stream-open room s');
        await client.ready('the stream', () => client.events('streamOpened').length === 1);
        client.write(...fragments.map((text) => `stream-write s ${text}`), 'stream-end s');
        await happens(5000, () => client.events('streamClosed').length > 0);
        const taken = service.fragments.s ?? [];
        return {
            lost: missing(fragments, taken), twice: doubled(taken), inOrder: inOrder(taken),
            status: client.events('streamClosed')[0]?.status,
        };
    },
    words: ({ lost, twice, status }) => `${lost} fragments lost, ${twice} doubled; told as ${status}`,
    ours: {
        'nothing is lost': ({ lost }) => lost === 0,
        'nothing is doubled, and all is in order': (counts) => counts.twice === 0 && counts.inOrder,
        'the stream ends well': ({ status }) => status === 'ended',
    },
    official: {
        'all from the refused one on is lost': ({ lost }) => lost === fragments.length - 1,
        'and told as a good end': ({ status }) => status === 'ended',
    },
};

const names = numbered(5).map((number) => `s${number}`);

const endFails = {
    name: `ends of ${names.length} streams answered with an error after 0.5 s`,
    script: () => ({ received: ({ type }) => type === 'streamEnd' }),
    async play({ client, service }) {
        client.write(...names.map((name) => `stream-open room ${name}`));
        await client.ready('the streams', () => client.events('streamOpened').length === names.length);
        client.write(...names.flatMap((name) => [`stream-write ${name} text`, `stream-end ${name}`]));
        await client.ready('their ends', () => service.count('streamEnd') === names.length);
        await sleep(500);
        const early = client.events('streamClosed').length;
        const error = { name: 'InternalServerError', message: 'No.' };
        for (const streamId of names) {
            service.connection.send(JSON.stringify({ type: 'streamClosed', streamId, error }));
        }
        const closed = (wanted) => client.events('streamClosed').filter(({ status }) => status === wanted).length;
        await happens(2000, () => closed('failed') === names.length);
        return { early, ended: closed('ended'), failed: closed('failed') };
    },
    words: ({ early, ended, failed }) =>
        `${early} told as over before the answer; ${ended} told as ended, ${failed} as failed`,
    ours: {
        'no stream is told as over before the service has closed it': ({ early }) => early === 0,
        'each is told as failed, and nothing else': ({ ended, failed }) => ended === 0 && failed === names.length,
    },
    official: { 'each end is told as done before the service has answered': ({ early }) => early === names.length },
};

module.exports = [nack, endFails];
