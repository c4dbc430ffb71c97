// A small real language model behind OpenAI's chat completions, on loopback, for `make test-llm`.
//
//   node server.mjs FOLDER [--port N] [--context N]
//
// FOLDER is what install.py filled. One request is answered at a time, on one thread. Prints {"port": N} once it serves.
// The answer is held to the JSON schema of `response_format` by a grammar. Log-probabilities are the model's own.

import {createServer} from "node:http";
import {join, resolve} from "node:path";
import {pathToFileURL} from "node:url";
import {parseArgs} from "node:util";

const {values: options, positionals: [folder]} = parseArgs({
    allowPositionals: true,
    options: {port: {type: "string", default: "0"}, context: {type: "string", default: "2048"}}
});
const library = join(resolve(folder), "node_modules", "node-llama-cpp", "dist", "index.js");
const {getLlama, LlamaGrammarEvaluationState} = await import(pathToFileURL(library));
const MODEL = "gemma-3-270m-q4_k_m";
const BODY_MOST = 2_000_000;
const TOKENS_MOST = 512;

const llama = await getLlama({gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: "error", maxThreads: 1});
const model = await llama.loadModel({modelPath: join(resolve(folder), "model.gguf"), gpuLayers: 0});
const context = await model.createContext({contextSize: Number(options.context), sequences: 1, threads: 1, swaFullCache: true});
const sequence = context.getSequence();
const grammars = new Map();
let queue = Promise.resolve(); // the one sequence is used by one request after the other
let answered = 0;

class Refusal extends Error {
    constructor(status, code, message) {
        super(message);
        Object.assign(this, {status, code});
    }
}

/** The grammar of a JSON schema, made once for each. */
async function grammarFor(format) {
    if (format?.type !== "json_schema") return undefined;
    const key = JSON.stringify(format.json_schema?.schema);
    if (!grammars.has(key)) grammars.set(key, await llama.createGrammarForJsonSchema(JSON.parse(key)));
    return grammars.get(key);
}

/** This is a base model without a chat template: it goes on with the messages' text. */
function promptOf(messages) {
    if (!Array.isArray(messages) || !messages.every((one) => typeof one?.content === "string")) {
        throw new Refusal(400, "invalid_messages", "`messages` is a list of texts with roles.");
    }
    return messages.map((one) => one.content).join("\n\n");
}

function checked(body) {
    if (body.model !== MODEL) throw new Refusal(404, "model_not_found", `The model is called ${MODEL}.`);
    const most = body.max_completion_tokens ?? body.max_tokens ?? TOKENS_MOST;
    if (!Number.isInteger(most) || most < 1) throw new Refusal(400, "invalid_value", "`max_completion_tokens` is a whole number.");
    const tokens = model.tokenize(promptOf(body.messages));
    if (model.tokens.shouldPrependBosToken) tokens.unshift(model.tokens.bos);
    if (tokens.length + most > context.contextSize) {
        const message = `${tokens.length} tokens and ${most} for the answer are more than the ${context.contextSize} of the context.`;
        throw new Refusal(400, "context_length_exceeded", message);
    }
    return {tokens, most, temperature: body.temperature ?? 1, seed: body.seed, topP: body.top_p ?? 1};
}

/** Puts tokens into text one by one: a character that several tokens spell comes with the last of them. */
function speller() {
    const said = [];
    let told = "";
    return (token) => {
        said.push(token);
        const now = model.detokenize(said);
        if (now.endsWith("\ufffd")) return "";
        const added = now.slice(told.length);
        told = now;
        return added;
    };
}

/** After a whole JSON value a grammar still allows blanks without end: the answer is over there. */
function isWhole(content) {
    if (!content.endsWith("}") && !content.endsWith("]")) return false;
    try {
        JSON.parse(content);
        return true;
    } catch {
        return false;
    }
}

/**
 * The model's own log-probability of each token said: among all tokens, whatever the grammar and the temperature allow.
 * All are evaluated in one batch, which rounds differently from one by one: 0.05 was the largest difference seen.
 */
async function chancesOf(asked, said) {
    await sequence.adaptStateToTokens(asked.slice(0, -1), false);
    const given = [...asked.slice(sequence.nextTokenIndex), ...said.slice(0, -1)];
    const first = given.length - said.length;
    const input = given.map((token, place) => {
        if (place < first) return token;
        const logits = {filter: {tokens: [said[place - first]], includeMax: true}};
        const options = {temperature: 0, repeatPenalty: false};
        return [token, {generateNext: {logits, totalLogitWeight: true, options}}];
    });
    const results = await sequence.controlledEvaluate(input);
    return said.map((token, index) => {
        const {logits, totalLogitWeight} = results[first + index].next;
        const highest = Math.max(...logits.values());
        return Math.min(0, logits.get(token) - highest - Math.log(totalLogitWeight));
    });
}

function told(chances) {
    return (token, index) => ({token, logprob: chances[index], bytes: [...Buffer.from(token)], top_logprobs: []});
}

async function complete(body, gone) {
    const {tokens, most, ...sampling} = checked(body);
    // what the last request began with is still evaluated: only the rest is new work
    await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
    const cached = sequence.nextTokenIndex;
    const grammar = await grammarFor(body.response_format);
    const spell = speller();
    const said = [];
    const texts = [];
    let content = "";
    let finish = "length";
    const steps = sequence.evaluate(tokens.slice(cached), {
        ...sampling,
        topK: 0,
        minP: 0,
        repeatPenalty: false,
        grammarEvaluationState: grammar && new LlamaGrammarEvaluationState({model, grammar}),
        yieldEogToken: true
    });
    for await (const token of steps) {
        if (gone()) return null;
        const isEnd = model.isEogToken(token);
        if (!isEnd) {
            said.push(token);
            texts.push(spell(token));
            content += texts.at(-1);
        }
        if (isEnd || (grammar && isWhole(content))) {
            finish = "stop";
            break;
        }
        if (said.length >= most) break;
    }
    const chances = body.logprobs ? await chancesOf(tokens, said) : [];
    answered += 1;
    return {
        id: `chatcmpl-${answered}`,
        object: "chat.completion",
        created: Math.floor(Date.now() / 1000),
        model: MODEL,
        choices: [{
            index: 0,
            finish_reason: finish,
            message: {role: "assistant", content, refusal: null},
            logprobs: body.logprobs ? {content: texts.map(told(chances)), refusal: null} : null
        }],
        usage: {
            prompt_tokens: tokens.length,
            completion_tokens: said.length,
            total_tokens: tokens.length + said.length,
            prompt_tokens_details: {cached_tokens: cached}
        }
    };
}

async function bodyOf(request) {
    const parts = [];
    let size = 0;
    for await (const part of request) {
        size += part.length;
        if (size > BODY_MOST) throw new Refusal(413, "too_large", "The request is too large.");
        parts.push(part);
    }
    try {
        return JSON.parse(Buffer.concat(parts).toString("utf8"));
    } catch {
        throw new Refusal(400, "invalid_json", "The request is not JSON.");
    }
}

async function reply(request, response) {
    const asked = `${request.method} ${new URL(request.url, "http://localhost").pathname}`;
    if (asked === "GET /health") return {status: "ok", model: MODEL, answered, context: context.contextSize};
    if (asked === "GET /v1/models") return {object: "list", data: [{id: MODEL, object: "model", created: 0, owned_by: "local"}]};
    if (asked !== "POST /v1/chat/completions") throw new Refusal(404, "not_found", `There is no ${asked}.`);
    const body = await bodyOf(request);
    const gone = () => response.destroyed; // who has hung up is not answered
    const turn = queue.then(() => (gone() ? null : complete(body, gone)));
    queue = turn.catch(() => null);
    return turn;
}

const server = createServer(async (request, response) => {
    let status = 200;
    let content;
    try {
        content = await reply(request, response);
    } catch (error) {
        status = error.status ?? 500;
        if (status === 500) console.error(error);
        content = {error: {message: error.message, type: status < 500 ? "invalid_request_error" : "server_error", code: error.code ?? null, param: null}};
    }
    if (response.destroyed) return;
    response.writeHead(status, {"content-type": "application/json"});
    response.end(JSON.stringify(content));
});
server.listen(Number(options.port), "127.0.0.1", () => console.log(JSON.stringify({port: server.address().port})));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
