// SPDX-License-Identifier: MIT
'use strict';

const { once } = require('node:events');
const { existsSync } = require('node:fs');
const http = require('node:http');
const { delimiter, extname, join } = require('node:path');
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

// A page in headless Chromium, from a server of its own, with what it logged in `lines`; errors are among them.
class Page {
    // `contentOf` gives the text for a path, or undefined.
    static async open(contentOf, path, parameters) {
        const page = new Page();
        try {
            await page.#open(contentOf, `${path}?${new URLSearchParams(parameters)}`);
        } catch (error) {
            await page.close();
            throw error;
        }
        return page;
    }

    lines = [];

    async #open(contentOf, target) {
        this.server = http.createServer((request, response) => {
            const { pathname } = new URL(request.url, 'http://127.0.0.1');
            if (pathname === '/favicon.ico') return void response.writeHead(204).end();
            const content = contentOf(pathname);
            if (content === undefined) return void response.writeHead(404).end();
            response.writeHead(200, { 'Content-Type': types[extname(pathname)] }).end(content);
        });
        this.server.listen(0, '127.0.0.1');
        await once(this.server, 'listening');
        this.browser = await chromium.launch({ executablePath: findChromium() });
        const page = await this.browser.newPage();
        page.on('console', (message) => this.lines.push(message.text()));
        page.on('pageerror', (error) => this.lines.push(`error: ${error}`));
        await page.goto(`http://127.0.0.1:${this.server.address().port}${target}`);
    }

    // The lines, once there are so many that `isLast`.
    async linesUntil(isLast, count) {
        try {
            await until('the page to be done', () => this.lines.filter(isLast).length >= count);
        } catch (error) {
            throw new Error([error.message, 'it logged:', ...this.lines].join('\n'));
        }
        return this.lines;
    }

    async close() {
        await this.browser?.close();
        this.server.close();
    }
}

module.exports = { Page };
