// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert/strict');

let facts = 0;
let lastFact = 'none';

// One line for each fact that held; the first one that does not ends the script.
function check(fact, actual, expected) {
    assert.deepStrictEqual(actual, expected);
    facts += 1;
    lastFact = fact;
    console.log(`ok  ${fact}`);
}

function sleep(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// What `promise` gives, or an error that says what was waited for.
async function within(milliseconds, what, promise) {
    let timer;
    const tooLate = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`waited ${milliseconds} ms for ${what}`)), milliseconds);
    });
    try {
        return await Promise.race([promise, tooLate]);
    } finally {
        clearTimeout(timer);
    }
}

async function until(what, isTrue) {
    for (const last = Date.now() + 10000; !isTrue(); await sleep(20)) {
        if (Date.now() > last) throw new Error(`waited for ${what}`);
    }
}

// What arrived and was not looked at yet, in order.
class Inbox {
    #items = [];
    #waiting = [];

    push(item) {
        const waiting = this.#waiting.shift();
        if (waiting) waiting(item);
        else this.#items.push(item);
    }

    next(what = 'a message') {
        if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
        return within(10000, what, new Promise((resolve) => this.#waiting.push(resolve)));
    }

    async take(count, what = 'a message') {
        const items = [];
        while (items.length < count) items.push(await this.next(`${what} (${items.length} of ${count} came)`));
        return items;
    }

    rest() {
        return this.#items.splice(0);
    }

    // Everything up to the first one that `isLast`, that one included.
    async until(isLast, what) {
        const items = [];
        do items.push(await this.next(what)); while (!isLast(items[items.length - 1]));
        return items;
    }
}

// Runs `body`, and ends the process with what it came to: the official client would keep it alive. `atEnd` are
// functions that `body` leaves to be called, the last one first, whatever happens.
async function run(body, seconds = 60) {
    const atEnd = [];
    let failure;
    const watchdog = setTimeout(() => {
        console.error(`FAILED: not done after ${seconds} s, the last fact was: ${lastFact}`);
        process.exit(1);
    }, seconds * 1000);
    const failed = (error) => {
        failure ??= error;
        console.error(`FAILED after the fact: ${lastFact}\n${error?.stack ?? error}`);
    };
    process.on('uncaughtException', (error) => {
        failed(error);
        process.exit(1);
    });
    try {
        await body(atEnd);
    } catch (error) {
        failed(error);
    }
    for (const end of atEnd.reverse()) {
        try {
            await end();
        } catch (error) {
            failed(error);
        }
    }
    clearTimeout(watchdog);
    if (!failure) console.log(`${facts} facts`);
    process.exit(failure ? 1 : 0);
}

module.exports = { Inbox, check, run, sleep, until, within };
