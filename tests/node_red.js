// Runs the functions of a Node-RED flow on messages, as Node-RED would: node node_red.js FLOW < messages > shown
//
// A line of input is {"topic": …, "payload": "…"}; a line of output is what a debug node shows: {"node": …, "shown": …}.
"use strict";
const fs = require("node:fs");
const readline = require("node:readline");

const flow = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const nodes = new Map(flow.map((node) => [node.id, node]));

function store() {
    const values = new Map();
    return { get: (name) => values.get(name), set: (name, value) => values.set(name, value), keys: () => [...values.keys()] };
}

const [ofAll, ofFlow] = [store(), store()];

function matches(filter, topic) {
    const [wanted, given] = [filter.split("/"), topic.split("/")];
    const deep = wanted.at(-1) === "#";
    if (deep ? given.length < wanted.length - 1 : given.length !== wanted.length) return false;
    return wanted.every((word, place) => word === "+" || word === "#" || word === given[place]);
}

function compiled(node) {
    const fails = (problem) => { throw new Error(`${node.name}: ${problem}`); };
    const itself = { id: node.id, name: node.name, status: () => {}, log: () => {}, warn: fails, error: fails };
    const run = new Function("msg", "node", "context", "flow", "global", "env", node.func);
    const own = store();
    return (message) => run(message, itself, own, ofFlow, ofAll, { get: () => undefined });
}

const functions = new Map(flow.filter((node) => node.type === "function").map((node) => [node.id, compiled(node)]));

function send(node, outputs) {
    outputs.forEach((messages, output) => {
        for (const message of [messages].flat()) {
            if (message === null || message === undefined) continue;
            for (const wire of node.wires[output]) take(nodes.get(wire), structuredClone(message));
        }
    });
}

function take(node, message) {
    switch (node.type) {
        case "function": {
            const result = functions.get(node.id)(message);
            if (result) send(node, Array.isArray(result) ? result : [result]);
            break;
        }
        case "debug":
            console.log(JSON.stringify({ node: node.name, shown: message[node.complete] }));
            break;
        default:
            throw new Error(`a ${node.type} takes no messages here`);
    }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const { topic, payload } = JSON.parse(line);
    for (const node of flow) {
        if (node.type === "mqtt in" && matches(node.topic, topic)) {
            send(node, [{ topic, payload: JSON.parse(payload), qos: 1, retain: false }]);
        }
    }
});
