// SPDX-License-Identifier: MIT
'use strict';

function methodsOf(object) {
    return Object.getOwnPropertyNames(Object.getPrototypeOf(object))
        .filter((name) => name !== 'constructor' && typeof object[name] === 'function');
}

// Notes which methods are called of a service client and of its clients of groups.
class Recorder {
    #called = new Set();
    #known = new Set();

    #watch(kind, object, wrap = (result) => result) {
        methodsOf(object).forEach((name) => this.#known.add(`${kind}.${name}`));
        return new Proxy(object, {
            get: (target, name) => {
                if (typeof target[name] !== 'function') return target[name];
                return (...args) => {
                    this.#called.add(`${kind}.${name}`);
                    return wrap(target[name](...args), name);
                };
            },
        });
    }

    of(service) {
        this.#watch('group', service.group('any'));
        return this.#watch('service', service, (result, name) => name === 'group' ?
            this.#watch('group', result) : result);
    }

    // The methods that nobody has called.
    missing() {
        return [...this.#known].filter((name) => !this.#called.has(name)).sort();
    }
}

module.exports = { Recorder };
