// SPDX-License-Identifier: MIT
'use strict';

const { join } = require('node:path');
const protobuf = require('protobufjs');

const root = new protobuf.Root().loadSync(join(__dirname, '../../../proto/webpubsub.v1.proto'));
const Upstream = root.lookupType('azure.webpubsub.UpstreamMessage');
const Downstream = root.lookupType('azure.webpubsub.DownstreamMessage');
const Any = root.lookupType('google.protobuf.Any');

// What a message carries, from JSON's `dataType` and `data` to MessageData and back.
const toData = {
    text: (data) => ({ textData: data }),
    json: (data) => ({ jsonData: JSON.stringify(data) }),
    binary: (data) => ({ binaryData: Buffer.from(data, 'base64') }),
    protobuf: (data) => ({ protobufData: Any.decode(Buffer.from(data, 'base64')) }),
};
const fromData = {
    textData: (data) => ({ dataType: 'text', data }),
    jsonData: (data) => ({ dataType: 'json', data: JSON.parse(data) }),
    binaryData: (data) => ({ dataType: 'binary', data }),
    protobufData: (data) => {
        const bytes = Any.encode(Any.fromObject(data)).finish();
        return { dataType: 'protobuf', data: Buffer.from(bytes).toString('base64') };
    },
};

// Fields have the same names as in JSON, but for these messages.
const upstreamNames = { invoke: 'invokeEventMessage' };

// The bytes of a client's message that is given as a JSON frame is.
function encode({ type, dataType, data, target, ...fields }) {
    if (target !== undefined && target !== 'event') throw new Error(`protobuf has no invocation of a ${target}`);
    if (dataType !== undefined) fields.data = toData[dataType](data);
    if (fields.state) fields.state = { entries: fields.state };
    const name = upstreamNames[type] ?? `${type}Message`;
    if (!Upstream.fields[name]) throw new Error(`protobuf has no ${name}`);
    return Upstream.encode(Upstream.fromObject({ [name]: fields })).finish();
}

// The service's message as the JSON frame that means the same.
function decode(bytes) {
    if (typeof bytes === 'string') throw new Error('a text frame on a protobuf subprotocol');
    const message = Downstream.decode(new Uint8Array(bytes));
    const [[name, { data, ...fields }]] =
        Object.entries(Downstream.toObject(message, { longs: Number, bytes: String, defaults: true }));
    if (name === 'systemMessage') {
        const { connectedMessage: connected, disconnectedMessage: disconnected } = fields;
        return connected ? { type: 'system', event: 'connected', ...connected, userId: connected.userId || null }
            : { type: 'system', event: 'disconnected', message: disconnected.reason };
    }
    const [[kind, content] = []] = Object.entries(data ?? {});
    const type = name === 'dataMessage' ? 'message' : name.replace(/Message$/, '');
    return { type, ...fields, ...fromData[kind]?.(content) };
}

// A protobuf subprotocol for the official client, whose own package for them is not on npm. `json` is its protocol for
// the JSON subprotocol that is as reliable: what a frame means is left to that.
function protobufProtocol(json) {
    return {
        name: json.name.replace('json', 'protobuf'),
        isReliableSubProtocol: json.isReliableSubProtocol,
        parseMessages: (bytes) => json.parseMessages(JSON.stringify(decode(bytes))),
        writeMessage: (message) => encode(JSON.parse(json.writeMessage(message))),
    };
}

module.exports = { protobufProtocol };
