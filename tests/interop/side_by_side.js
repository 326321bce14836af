// SPDX-License-Identifier: MIT
// usage: side_by_side.js CLIENT
//
// Our client (CLIENT is webpubsub-demo-client) and the official one, each with its own defaults, over the same faults
// of a service: what they lose, do twice or in vain, and leave their application waiting for. The last thing printed is
// a table in Markdown. A fault has
//   name            what goes wrong
//   script()        what the service does wrong, see scripted_service.js; none if `play` does it
//   play(parties)   what the application and the service do, on a connection; returns what it has counted
//   words(counts)   the same for the table
//   ours            what has to be true of the counts of our client
//   official        what is known of those of the official client, as far as it does not change from run to run
// and perhaps
//   subprotocol     in place of the reliable one
//   silent          there is no connection to wait for
//   survive         an exception that nobody has caught does not end the official client's process
//   alone           nothing else runs meanwhile, for the official client takes all the time that it gets
'use strict';

const { check, run } = require('./support/facts');
const { DrivenClient } = require('./support/driven_client');
const { ScriptedService } = require('./support/scripted_service');

const { version } = require('@azure/web-pubsub-client/package.json');

const [program] = process.argv.slice(2);
const faults = ['messages', 'streams', 'connections'].flatMap((name) => require(`./support/faults/${name}`));
const reliable = 'json.reliable.webpubsub.azure.v1';
// So many faults at a time, each with both clients.
const atATime = 4;

async function playWith(fault, makeClient) {
    const script = fault.script?.() ?? {};
    const service = await ScriptedService.start(script);
    const client = makeClient(service.url, fault.subprotocol ?? reliable);
    try {
        if (!fault.silent) await client.ready('a connection', () => client.events('connected').length > 0);
        return await fault.play({ client, service, script });
    } finally {
        await client.end();
        service.close();
    }
}

// Both clients at the same time.
async function play(fault) {
    const [ours, official] = await Promise.all([
        playWith(fault, (url, subprotocol) => DrivenClient.ours(program, url, subprotocol)),
        playWith(fault, (url, subprotocol) =>
            DrivenClient.official(url, subprotocol, ...fault.survive ? ['survive'] : [])),
    ]);
    fault.counts = { ours, official };
}

async function playAll() {
    const left = faults.filter(({ alone }) => !alone);
    const worker = async () => {
        while (left.length > 0) await play(left.shift());
    };
    await Promise.all(Array.from({ length: atATime }, worker));
    for (const fault of faults.filter(({ alone }) => alone)) await play(fault);
}

function table() {
    const rows = faults.map(({ name, words, counts }) => [name, words(counts.ours), words(counts.official)]);
    const head = [['what goes wrong', 'this library', `official JavaScript client ${version}`], ['---', '---', '---']];
    return [...head, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function checkAll() {
    for (const { name, counts, ...fault } of faults) {
        for (const who of ['ours', 'official']) {
            for (const [statement, isTrue] of Object.entries(fault[who])) {
                check(`${name}: ${who}: ${statement}`, { ...counts[who], holds: isTrue(counts[who]) },
                    { ...counts[who], holds: true });
            }
        }
    }
}

run(async (atEnd) => {
    await playAll();
    atEnd.push(() => console.log(`\n${table()}`));
    checkAll();
}, 80);
