// The public interface of @tallymark/node. Written by `npm run api`.

declare module "@tallymark/node" {
  export interface Batching {
    flushAt: number;
    flushBytes: number;
    flushMs: number;
    maxBytes: number;
    maxEvents: number;
    overflow: "newest" | "oldest";
    queueBytes: number;
    queueMax: number;
    stream: string | null;
  }
  export class Client {
    constructor(key: string, url: string, options?: Options);
    static fromEnv(options?: Options): Client;
    alias(previous: Id, user: Id, { undo, time }?: Stated & { readonly undo?: boolean | undefined; }): Ref | null;
    close(timeoutMs?: number | undefined): Promise<boolean>;
    consent(purposes: Partial<ConsentState>): void;
    context<T>({ user, device, groups, ...properties }: Surrounding & { readonly [property: string]: unknown; }, call: () => T): T;
    eventId({ stream, seq }: Ref): string;
    exposure(flag: string, variant: string, { rule, bucket, ...stated }?: Stated & { readonly rule?: string | undefined; readonly bucket?: number | undefined; }): Ref | null;
    flag<T>(_name: string, otherwise: T): T;
    flush(timeoutMs?: number): Promise<boolean>;
    group(kind: string, id: Id, properties?: Properties | undefined, { time }?: Stated): Ref | null;
    identify(user: Id, properties?: Properties | undefined, stated?: Stated): Ref | null;
    page(name?: string | null | undefined, properties?: Properties | undefined, stated?: Stated): Ref | null;
    profile(changes: { readonly [operation: string]: unknown; }, stated?: Stated): Ref | null;
    register(properties?: Properties | null | undefined, surrounding?: Surrounding): void;
    reset({ purge }?: { readonly purge?: boolean | undefined; }): void;
    screen(name?: string | null | undefined, properties?: Properties | undefined, stated?: Stated): Ref | null;
    stats(): Stats;
    timed(name: string, properties?: Properties | undefined, stated?: Stated): Timed;
    track(name: string, properties?: Properties | undefined, stated?: Stated): Ref | null;
    unregister(...names: Array<string>): void;
  }
  export class ConfigurationError {
    constructor(message?: string | undefined);
  }
  export type Consent = "granted" | "denied" | "unknown";
  export interface ConsentState {
    ads: Consent | null;
    analytics: Consent | null;
    personalization: Consent | null;
  }
  export interface Hooks {
    beforeSend: ((event: EventFields) => EventFields | null) | null;
    onResult: ((result: Result) => void) | null;
    sigterm: boolean;
    strict: boolean;
  }
  export type Id = string | number | bigint;
  export interface Options {
    batching?: Partial<Batching> | undefined;
    hooks?: Partial<Hooks> | undefined;
    privacy?: Partial<Privacy> | undefined;
    retry?: Partial<Retry> | undefined;
    spool?: Partial<Spool> | undefined;
    transport?: (Transport & { readonly clock?: Clock; }) | undefined;
  }
  export interface Privacy {
    ads: Consent | null;
    analytics: Consent | null;
    gpc: boolean;
    ip: "truncate" | "full" | "none";
    personalization: Consent | null;
    whenUnknown: "hold" | "anonymous";
  }
  export type Properties = { readonly [name: string]: unknown };
  export type Purposes = Partial<ConsentState>;
  export interface Ref {
    seq: number;
    stream: string;
  }
  export interface Result {
    code: string;
    limit: number | null;
    outcome: "rejected" | "dropped";
    path: string | null;
    seq: number;
    stream: string;
  }
  export interface Retry {
    inFlight: number;
    maxAgeMs: number;
    timeoutMs: number;
  }
  export interface Spool {
    directory: string | boolean;
    maxBytes: number;
    sync: boolean;
  }
  export class SpoolError {
    constructor(message?: string | undefined);
  }
  export interface Stated {
    device?: Id | undefined;
    groups?: { readonly [kind: string]: Id; } | undefined;
    time?: number | Date | undefined;
    user?: Id | undefined;
  }
  export interface Stats {
    assigned: number;
    disabled: boolean;
    dropped: { readonly [reason: string]: number; };
    failures: number;
    inFlight: number;
    note: string | null;
    pending: number;
    recovered: Totals;
    refused: number;
    rejected: { readonly [code: string]: number; };
    requests: number;
    sanitized: number;
    spool: string | null;
    stored: number;
    stream: string;
    trouble: string | null;
  }
  export class TallymarkError {
    constructor(message?: string | undefined);
  }
  export class Timed {
    constructor(_track: (properties: Properties) => void, _clock: Clock, _properties: Properties | undefined);
    stop(added?: Properties | undefined): void;
    wrap<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R;
  }
  export interface Totals {
    assigned: number;
    dropped: { readonly [reason: string]: number; };
    pending: number;
    rejected: { readonly [code: string]: number; };
    stored: number;
  }
  export class UsageError {
    constructor(message?: string | undefined);
  }
  export const VERSION: "0.1.0";
  export function eventId(stream: string, seq: number): string;
}

declare module "@tallymark/node/express" {
  export interface ExpressRequest {
    baseUrl?: string | undefined;
    method: string;
    path: string;
    route?: { readonly path?: unknown; } | undefined;
  }
  export interface ExpressResponse {
    once(event: "close", call: () => void): unknown;
    statusCode: number;
  }
  export function expressMiddleware<R extends ExpressRequest>(client: Recording, options?: RequestOptions<R>): (request: R, response: ExpressResponse, next: () => void) => void;
}

declare module "@tallymark/node/fastify" {
  export interface FastifyRequest {
    method: string;
    routeOptions?: { readonly url?: string; } | undefined;
    url: string;
  }
  export function fastifyPlugin<R extends FastifyRequest>(client: Recording, options?: RequestOptions<R>): (app: FastifyApp<R>, _options: unknown, done: () => void) => void;
}

declare module "@tallymark/node/next" {
  export function withTallymark<A extends unknown[]>(client: Recording, handler: (request: Request, ...rest: A) => Response | Promise<Response>, { route, ...options }?: RequestOptions<Request> & { readonly route?: string | undefined; }): (request: Request, ...rest: A) => Promise<Response>;
}

declare module "@tallymark/node/testing" {
  export class MemoryTransport {
    constructor(clock?: Clock | undefined);
    account(stream: string): Account;
    clock: Clock | undefined;
    envelopes(): Array<Json>;
    ledger(stream: string): Ledger;
    recorded(name?: string | undefined): Array<Recorded>;
    requests: Array<Request>;
    script(...steps: Array<Step | ((request: Request) => Step)>): void;
    send(request: Request): Promise<Response | Failure>;
    streams(): Array<string>;
  }
  export interface Recorded {
    context: Json;
    device: string | null;
    groups: Json;
    id: string;
    kind: string;
    name: string | null;
    properties: Json;
    raw: Json;
    timeMs: number;
    user: string | null;
  }
  export type Step = Response | Failure | "lostAnswer" | null;
  export class VirtualClock {
    constructor(wallMs?: number);
    advance(ms: number): Promise<void>;
    after(ms: number, call: () => void): () => void;
    now(): number;
    steady(): number;
  }
  export function assertTracked(transport: MemoryTransport, name: string, properties?: Json, { user, times }?: { readonly user?: string | undefined; readonly times?: number | undefined; }): Recorded;
  export function problem(status: number, code: string, fields?: Json): Response;
  export function settle(): Promise<void>;
}
