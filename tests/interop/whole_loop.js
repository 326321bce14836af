// SPDX-License-Identifier: MIT
// usage: whole_loop.js EMULATOR [SERVER...]
//
// A chat as people build it: pages in a browser with the official client, the application's server, and the emulator
// between them. The server is a command, by default support/chat_server.js with the official libraries. What it does:
//   - it takes the service's connection string from the environment variable WEBPUBSUB_CONNECTION_STRING,
//     prints `listening on http://127.0.0.1:PORT`, and ends with 0 on SIGTERM;
//   - GET /negotiate?user=NAME answers {"url": URL} for that user, without roles, at the hub `chat`;
//   - below /api/webpubsub/hubs/chat/ it handles the hub's events. At connect it refuses the user mallory with 401, and
//     gives everybody else the role of joining the group `room`;
//   - when a user has connected or left it tells everybody {"what": "arrived" or "left", "user": NAME};
//   - of an event with {"text": TEXT} it tells the group `room` {"what": "said", "user", "text", "number"}, and then
//     answers {"what": "noted", "number"}, where the number counts those of the connection, which is in its state.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { writeFileSync } = require('node:fs');
const http = require('node:http');
const { join } = require('node:path');
const readline = require('node:readline');
const { Page, launchBrowser, pageWithClient, servePages } = require('./support/browser');
const { Emulator } = require('./support/emulator');
const { check, run, within } = require('./support/facts');
const { temporaryFolder } = require('./support/tls');

const [program, ...command] = process.argv.slice(2);
if (command.length === 0) command.push(process.execPath, join(__dirname, 'support', 'chat_server.js'));

class Server {
    // The application's address is known before its server runs, as that of a load balancer is: what is no page goes on
    // to the server.
    static async listen() {
        const server = new Server();
        server.front = await servePages(pageWithClient(join(__dirname, 'whole_loop.html')),
            (request, response) => server.#pass(request, response));
        server.address = `http://127.0.0.1:${server.front.address().port}`;
        return server;
    }

    async run(connectionString) {
        this.process = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'],
            env: { ...process.env, WEBPUBSUB_CONNECTION_STRING: connectionString } });
        process.once('exit', () => this.process.kill('SIGKILL'));
        this.exited = once(this.process, 'exit');
        const lines = readline.createInterface({ input: this.process.stdout });
        this.target = await within(20000, 'the server to listen', new Promise((resolve) => {
            lines.on('line', (line) => {
                const [, target] = /^listening on (http:.*)$/.exec(line) ?? [];
                if (target) resolve(target);
            });
        }));
    }

    #pass(request, response) {
        const { method, headers } = request;
        const onward = http.request(`${this.target}${request.url}`, { method, headers }, (answer) => {
            response.writeHead(answer.statusCode, answer.rawHeaders);
            answer.pipe(response);
        });
        onward.on('error', () => response.destroy());
        request.pipe(onward);
    }

    async stop() {
        this.process.kill('SIGTERM');
        return (await within(10000, 'the server to end', this.exited))[0];
    }
}

// The pages, each with whatever it shows of a kind.
class Visitor {
    static async arrive(browser, server, user) {
        const visitor = new Visitor();
        visitor.page = await Page.openIn(browser, server.front, '/whole_loop.html', { user });
        return visitor;
    }

    // Until the page shows this; each page logs a thing once.
    sees(...line) {
        const text = JSON.stringify(line);
        return this.page.linesUntil((one) => one === text);
    }

    say(text) {
        return this.page.tab.evaluate((line) => window.say(line), text);
    }

    leave() {
        return this.page.tab.evaluate(() => window.leave());
    }

    // Everything that it has shown, of the room or of whatever else it names as a source.
    from(source) {
        return this.page.lines.filter((line) => line.startsWith('[')).map((line) => JSON.parse(line))
            .filter(([one]) => one === source).map(([, data]) => data);
    }
}

const arrived = (user) => ({ what: 'arrived', user });
const said = (user, text, number) => ({ what: 'said', user, text, number });
const noted = (number) => ({ what: 'noted', number });

async function visit(browser, server) {
    const mallory = await Visitor.arrive(browser, server, 'mallory');
    await mallory.page.linesUntil((line) => line.startsWith('["failed"'));
    check('whom the server refuses does not get in', [mallory.from('connected'),
        mallory.page.lines.some((line) => /failed: HTTP Authentication failed/.test(line))], [[], true]);
    await mallory.page.close();

    const ada = await Visitor.arrive(browser, server, 'ada');
    await ada.sees('joined');
    await ada.sees('server', arrived('ada'));
    const bob = await Visitor.arrive(browser, server, 'bob');
    await bob.sees('joined');
    await Promise.all([ada, bob].map((one) => one.sees('server', arrived('bob'))));
    check('who they are', [ada.from('connected'), bob.from('connected')], [['ada'], ['bob']]);

    await ada.say('hello');
    await bob.say('gr\u00fc\u00dfe \u{1f600}');
    await ada.say('again');
    const lines = [said('ada', 'hello', 1), said('bob', 'gr\u00fc\u00dfe \u{1f600}', 1), said('ada', 'again', 2)];
    for (const [name, one] of Object.entries({ ada, bob })) {
        await one.sees('room', lines.at(-1));
        check(`what is said in the room comes to ${name}`, one.from('room'), lines);
    }
    await bob.leave();
    await bob.sees('stopped');
    await ada.sees('server', { what: 'left', user: 'bob' });
    check('what the server says to ada', ada.from('server'),
        [arrived('ada'), arrived('bob'), noted(1), noted(2), { what: 'left', user: 'bob' }]);
    check('what the server says to bob', bob.from('server'), [arrived('bob'), noted(1)]);
}

run(async (atEnd) => {
    const server = await Server.listen();
    atEnd.push(() => server.front.close());
    const config = join(temporaryFolder(atEnd), 'hubs.json');
    const eventHandlers = [{
        urlTemplate: `${server.address}/api/webpubsub/hubs/{hub}/`, userEventPattern: '*',
        systemEvents: ['connect', 'connected', 'disconnected'],
    }];
    // The official client closes without a code, so the service waits whether it comes back.
    const limits = { recoveryWindowInSeconds: 1 };
    writeFileSync(config, JSON.stringify({ hubs: { chat: { eventHandlers, limits } } }));
    const emulator = await Emulator.start(program, '--hub-config', config);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    await server.run(emulator.connectionString);
    atEnd.push(async () => check('the server too', await server.stop(), 0));
    const browser = await launchBrowser();
    atEnd.push(() => browser.close());
    await visit(browser, server);
}, 80);
