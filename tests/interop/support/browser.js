// SPDX-License-Identifier: MIT
'use strict';

const { once } = require('node:events');
const { existsSync, readFileSync } = require('node:fs');
const http = require('node:http');
const { basename, delimiter, extname, join } = require('node:path');
const { chromium } = require('playwright-core');
const { until } = require('./facts');

const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

function findChromium() {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
        const found = process.env.PATH.split(delimiter).map((folder) => join(folder, name)).find(existsSync);
        if (found) return found;
    }
    throw new Error('this test needs Chromium, which is not in the PATH (on Debian: package chromium)');
}

// The modules of the official client for browsers and of what they import.
const browserModules = {
    ...Object.fromEntries(['abort-controller', 'core-util', 'logger', 'web-pubsub-client'].map((name) =>
        [`@azure/${name}`, `/modules/@azure/${name}/dist/browser/index.js`])),
    '@typespec/ts-http-runtime/internal/logger': '/modules/@typespec/ts-http-runtime/dist/browser/logger/internal.js',
    '@typespec/ts-http-runtime/internal/util': '/modules/@typespec/ts-http-runtime/dist/browser/util/internal.js',
    'events': '/commonjs/events/events.js',
};

// A file as a page that may import the official client, and what that imports from the installed packages: as it is, or
// a CommonJS module as its default export.
function pageWithClient(file) {
    const map = `<script type="importmap">${JSON.stringify({ imports: browserModules })}</script>`;
    return (path) => {
        if (path === `/${basename(file)}`) return readFileSync(file, 'utf8').replace('<!-- import map -->', map);
        const [, kind, rest] = /^\/(modules|commonjs)(\/.*)$/.exec(path) ?? [];
        const module = kind && join(process.env.NODE_PATH, rest);
        if (!module || !existsSync(module)) return undefined;
        const text = readFileSync(module, 'utf8');
        return kind === 'modules' ? text : `const module = { exports: {} };\n${text}\nexport default module.exports;\n`;
    };
}

// A server of pages: `contentOf` gives the text for a path, or undefined; then `otherwise` answers.
async function servePages(contentOf, otherwise = (_, response) => response.writeHead(404).end()) {
    const server = http.createServer((request, response) => {
        const { pathname } = new URL(request.url, 'http://127.0.0.1');
        if (pathname === '/favicon.ico') return void response.writeHead(204).end();
        const content = contentOf(pathname);
        if (content === undefined) return void otherwise(request, response);
        response.writeHead(200, { 'Content-Type': types[extname(pathname)] }).end(content);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
}

function launchBrowser() {
    return chromium.launch({ executablePath: findChromium() });
}

// A page in headless Chromium with what it logged in `lines`; errors are among them.
class Page {
    // In a browser and from a server of its own.
    static async open(contentOf, path, parameters) {
        const own = [];
        const close = async () => {
            for (const one of own.reverse()) await one.close();
        };
        try {
            own.push(await servePages(contentOf));
            own.push(await launchBrowser());
            const [server, browser] = own;
            const page = await Page.openIn(browser, server, path, parameters);
            page.close = close;
            return page;
        } catch (error) {
            await close();
            throw error;
        }
    }

    static async openIn(browser, server, path, parameters) {
        const page = new Page();
        page.tab = await browser.newPage();
        page.tab.on('console', (message) => page.lines.push(message.text()));
        page.tab.on('pageerror', (error) => page.lines.push(`error: ${error}`));
        await page.tab.goto(`http://127.0.0.1:${server.address().port}${path}?${new URLSearchParams(parameters)}`);
        return page;
    }

    lines = [];

    // The lines, once there are so many that `isLast`.
    async linesUntil(isLast, count = 1) {
        try {
            await until('the page to be done', () => this.lines.filter(isLast).length >= count);
        } catch (error) {
            throw new Error([error.message, 'it logged:', ...this.lines].join('\n'));
        }
        return this.lines;
    }

    close() {
        return this.tab.close();
    }
}

module.exports = { Page, launchBrowser, pageWithClient, servePages };
