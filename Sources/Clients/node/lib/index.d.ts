/** A JSON object of the control API; a newer double may answer more than is named here. */
export type JSONObject = { [member: string]: any };

/** A part of the prompt, or how it is compared. */
export type Prompt = string | { equals: string } | { contains: string } | { regex: string };

/** What a key and its organization have. */
export interface KeySettings extends JSONObject {
  key: string;
  organization: string;
  plan: string;
  credits: number;
  concurrency: number;
  requestsPerSecond: number;
  contract: string;
  seed: number;
  revoked?: boolean;
}

/** What a new key shall have; everything has a default. */
export interface KeyOrder extends JSONObject {
  plan?: string;
  credits?: number;
  concurrency?: number;
  requestsPerSecond?: number;
  queueLimit?: number;
  latency?: string;
  progression?: JSONObject;
  seed?: number;
  webhookSecret?: string;
  webhookMode?: 'deliver' | 'collect';
  contract?: string;
  /** Holds each synchronous question until it is released. */
  holdSync?: boolean;
  /** A name that the report and the journal show. */
  label?: string;
  /** The credits that its requests should take at most. */
  budget?: number;
  /** How well a day goes at the engines: a name such as `rainy`, a mix, or null for none. */
  weather?: string | JSONObject | null;
  /** The organization's name; the one that has it is joined, with its settings. */
  organization?: string;
  key?: string;
}

/** What changes from the next request on. */
export interface KeyChange extends JSONObject {
  addCredits?: number;
  revoked?: boolean;
}

/** A request, its answer, and the rule that has decided. */
export interface JournalEntry extends JSONObject {
  sequence: number;
  at: string;
  /** What the ledger and the reasons of others name too. */
  requestId: string | null;
  /** The task that it submitted alone, or asked for. */
  taskId: string | null;
  key: string | null;
  organization: string | null;
  label: string | null;
  method: string;
  path: string;
  status: number | null;
  reason: string;
  latencyMs: number | null;
  creditsCharged: number;
  /** Its header of that name, when it had a valid one. (W3C Trace Context) */
  traceparent?: string;
  request: { headers: { [name: string]: string }; body: string | null };
  response: { headers: { [name: string]: string }; body: string | null } | null;
}

export interface JournalFilters {
  path?: string;
  status?: number;
  requestId?: string;
  /** A trace by its 32 digits, or a whole header. */
  traceparent?: string;
  /** The `sequence` of the last entry that was seen already. */
  since?: number;
  limit?: number;
}

/** Which requests are waited for. */
export interface JournalMatch {
  method?: string;
  path?: string;
  status?: number;
  /** A part of the reason. */
  reason?: string;
  requestId?: string;
  /** A trace by its 32 digits, or a whole header. */
  traceparent?: string;
  taskId?: string;
  label?: string;
  /** The provider that was asked, by a task too. */
  provider?: string;
  prompt?: Prompt;
  country?: string;
  include?: string | string[] | JSONObject;
  state?: string;
  device?: string;
  body?: JSONObject;
  /** How many; the default is 1. */
  count?: number;
  /** In milliseconds of the world's time; the default is 5000. */
  timeout?: number;
}

export interface LedgerEntry extends JSONObject {
  id: number;
  at: string;
  kind: 'grant' | 'charge' | 'adjustment' | 'expiry';
  amount: number;
  balance: number;
  endpoint: string | null;
}

/** An organization's credits; `consistent`: the entries' sum is the balance. */
export interface Ledger {
  balance: number;
  entries: LedgerEntry[];
  consistent: boolean;
}

export interface Clock {
  mode: string;
  now: string;
  /** 0 when the clock moves only by hand. */
  factor: number;
}

export interface FaultOptions extends JSONObject {
  provider?: string;
  path?: string;
  prompt?: Prompt;
  /** Strikes only the so-many-th matching request. */
  nth?: number;
  /** How often it strikes; the default is always. */
  times?: number;
  probability?: number;
}

/** A brand that an answer mentions. */
export interface Mention {
  name: string;
  /** Its place among the brands of the answer, from 1. */
  rank: number;
  /** The page that is cited for it. */
  url?: string;
  sentiment?: 'positive' | 'neutral' | 'negative';
}

export interface ResponseOptions {
  provider?: string;
  prompt?: Prompt;
  country?: string;
  /** Flags that are asked for, or by name whether they are. */
  include?: string | string[] | JSONObject;
  state?: string;
  device?: 'desktop' | 'mobile' | 'ios' | 'android';
  label?: string;
  /** Conditions on members of the question, by pointers: `{ '/pages': { equals: 2 } }`. */
  body?: { [pointer: string]: { equals?: any; contains?: string; regex?: string } };
  /** The brands of the answer. */
  mentions?: Mention[];
  /** Names that are found nowhere in the answer. */
  absent?: string[];
  /** Answers one after the other, of which the last one stays. */
  sequence?: JSONObject[];
  /** How long each of them lasts on the double's clock, such as `1d`. */
  every?: string;
  /** An error instead of a result. */
  error?: { status: number; code?: string; message?: string };
  /** Laid over the provider's result, which is the default, or sent in its place. */
  mode?: 'merge' | 'replace';
  latency?: string;
  times?: number;
}

export interface OfKey {
  /** Narrows the call to this key's organization. */
  key?: string;
}

/** The attempts to deliver the reports of tasks. */
export class Webhooks {
  private constructor();
  /** All attempts by delivery, oldest first. */
  list(options?: OfKey): Promise<JSONObject[]>;
  /** Waits until there are so many such attempts. Rejects with {@link NotInTime}. */
  wait(
    match?: OfKey & {
      taskId?: string;
      /** Whether the receiver has answered with 2xx. */
      delivered?: boolean;
      status?: number;
      count?: number;
      /** In milliseconds of the world's time; the default is 5000. */
      timeout?: number;
    },
  ): Promise<JSONObject[]>;
  /** Sends a report again, beside the planned attempts. */
  redeliver(delivery: string): Promise<JSONObject>;
}

/** Which requests should have come, and how many. */
export interface Expectation extends Omit<JournalMatch, 'count'> {
  /** A number, or `'never'`; the default is at least one. */
  times?: number | 'never' | { exactly: number } | { atLeast?: number; atMost?: number };
}

/** What was taken, and what the client did wrong. */
export interface Report extends JSONObject {
  credits: number;
  /** By the plans' prices; null when one has none. */
  usd: number | null;
  requests: number;
  refusals: { code: string; count: number }[];
  findings: { id: string; severity: string; text: string; count: number; example: JSONObject }[];
  budget: { limit: number | null; spent: number; exceeded: boolean };
}

/** A key with what a test asks of its organization. In a template it is the key's text. */
export class CloroKey {
  private constructor();
  /** The key's text. */
  readonly key: string;
  /** The double's address, which is cloro's base address for a client. */
  readonly url: string;
  readonly organization: string;
  /** The settings as they were when the key was minted or changed. */
  readonly settings: KeySettings;
  /** The double. */
  readonly mock: CloroMock;
  toString(): string;
  toJSON(): string;
  change(settings: KeyOrder & KeyChange): Promise<KeySettings>;
  remove(): Promise<KeySettings>;
  /** Puts the organization back as it was created. */
  reset(): Promise<void>;
  /** The credits that are left. */
  balance(): Promise<number>;
  ledger(options?: { since?: number; limit?: number }): Promise<Ledger>;
  journal(filters?: JournalFilters): Promise<JournalEntry[]>;
  /** Waits for requests of this key. Rejects with {@link NotInTime}. */
  wait(match?: JournalMatch): Promise<JournalEntry[]>;
  /** `fault('status', { status: 503, retryAfter: 0, times: 2 })`: the first two requests fail. */
  fault(kind: string, options?: FaultOptions): Promise<JSONObject>;
  /** `respond({ text: 'Acme.' }, { prompt: 'laptop' })`: what is answered to this key. */
  respond(result: JSONObject | null, options?: ResponseOptions): Promise<JSONObject>;
  tasks(options?: { status?: string }): Promise<JSONObject[]>;
  /** Whether exactly these requests of this key have come; resolves to their number. */
  verify(expectation?: Expectation): Promise<number>;
  report(): Promise<Report>;
  /** The organization's requests that wait. */
  requests(options?: { state?: 'running' | 'held' }): Promise<JSONObject[]>;
  /** Lets the organization's held requests go on; resolves to their number. */
  releaseAll(): Promise<number>;
}

/** What recording has done so far. */
export interface RecordingProgress {
  recording: boolean;
  directory: string;
  /** How many files were written. */
  recorded: number;
  creditsSpent: number;
  creditsRemaining: number;
  /** How many questions are with the service. */
  underWay: number;
}

/** A double of cloro's API. */
export class CloroMock {
  private constructor();
  /** Its address, which is cloro's base address for a client. */
  readonly url: string;
  /** The number of its process, if it was started here. */
  readonly pid: number | undefined;
  /** The last lines of its log, if it was started here. */
  readonly log: string[];
  readonly webhooks: Webhooks;
  /** Ends a double that was started here. May be called again. */
  stop(): Promise<void>;
  /**
   * The variables that lead a program here which calls `https://api.cloro.dev`; empty unless it was
   * started with `https`.
   */
  readonly environment: { [name: string]: string };
  /** Its address as a proxy, if it was started with `https`. */
  readonly proxyUrl: string | undefined;
  /** The file with its authority's certificate, if it was started with `https`. */
  readonly caFile: string | undefined;
  /** Makes a key with an organization of its own: a customer for one test. */
  mint(settings?: KeyOrder): Promise<CloroKey>;
  keys(): Promise<KeySettings[]>;
  /** A key that exists; the default is the first, of the fixtures or the built-in one. */
  key(text?: string): Promise<CloroKey>;
  change(key: string, settings: KeyOrder & KeyChange): Promise<KeySettings>;
  remove(key: string): Promise<KeySettings>;
  /** Goes back to the loaded fixtures. */
  reset(options?: OfKey): Promise<void>;
  fault(kind: string, options?: FaultOptions & OfKey): Promise<JSONObject>;
  faults(options?: OfKey): Promise<JSONObject[]>;
  removeFault(id: string): Promise<void>;
  removeFaults(options?: OfKey): Promise<void>;
  respond(result: JSONObject | null, options?: ResponseOptions & OfKey): Promise<JSONObject>;
  responses(options?: OfKey): Promise<JSONObject[]>;
  removeResponse(id: string): Promise<void>;
  removeResponses(options?: OfKey): Promise<void>;
  tasks(options?: OfKey & { status?: string }): Promise<JSONObject[]>;
  /** Ends a task well at once; a result takes the place of the provider's. */
  completeTask(id: string, result?: JSONObject): Promise<JSONObject>;
  failTask(id: string, error?: { code?: string; message?: string }): Promise<JSONObject>;
  /** Lets a task go on that is held. */
  releaseTask(id: string): Promise<JSONObject>;
  /** The requests that wait for their latency, or to be released. */
  requests(options?: OfKey & { state?: 'running' | 'held' }): Promise<JSONObject[]>;
  /** Lets a held request go on, by its `requestId`. */
  release(id: string): Promise<JSONObject>;
  /** Lets all held requests go on; resolves to their number. */
  releaseAll(options?: OfKey): Promise<number>;
  clock(): Promise<Clock>;
  /** Switches the clock to `real`, `manual` or `xN`, or sets it forward. */
  setClock(change: { mode?: string; now?: string }): Promise<Clock>;
  /** Moves the clock; resolves when all that falls due has happened. */
  advance(seconds: number): Promise<{ now: string; fired: JSONObject[] }>;
  journal(filters?: JournalFilters & OfKey): Promise<JournalEntry[]>;
  /** Removes all entries, or those that `journal` returns for the same filters. */
  clearJournal(filters?: JournalFilters & OfKey): Promise<void>;
  wait(match?: JournalMatch & OfKey): Promise<JournalEntry[]>;
  /**
   * Whether exactly these requests have come; resolves to their number. Rejects with a
   * {@link ControlError} 409: `NOT_VERIFIED`, or `UNKNOWN` when the journal has dropped some.
   */
  verify(expectation?: (Expectation & OfKey) | { sequence: JSONObject[]; timeout?: number }): Promise<number>;
  /** The faults and stubs that never struck. */
  unused(options?: OfKey): Promise<JSONObject[]>;
  report(options?: OfKey): Promise<Report>;
  /** Waits until there are so many such tasks. Rejects with {@link NotInTime}. */
  waitForTasks(
    match?: OfKey & { status?: string; taskId?: string; count?: number; timeout?: number },
  ): Promise<JSONObject[]>;
  ledger(options?: OfKey & { since?: number; limit?: number }): Promise<Ledger>;
  balance(options?: OfKey): Promise<number>;
  organizations(options?: OfKey): Promise<JSONObject[]>;
  /** The metrics in Prometheus' text form. */
  metrics(): Promise<string>;
  snapshots(options?: OfKey): Promise<JSONObject[]>;
  snapshot(name: string, options?: OfKey): Promise<JSONObject>;
  restore(name: string, options?: OfKey): Promise<JSONObject>;
  /** A snapshot as a document, keys and secrets included. */
  download(name: string, options?: OfKey): Promise<JSONObject>;
  /** Stores a document as a snapshot, for `restore`. */
  upload(name: string, document: JSONObject): Promise<JSONObject>;
  removeSnapshot(name: string): Promise<void>;
  /**
   * Records from now on, in a double that was started with `record`, as it does from its start;
   * `maxCredits` is what may be spent from now on, and never more than is left of the start's.
   */
  startRecording(options?: { maxCredits?: number }): Promise<RecordingProgress>;
  /**
   * Records nothing that is asked from now on. Questions that are `underWay` are still recorded:
   * once more says whether there are any.
   */
  stopRecording(): Promise<RecordingProgress>;
  /** Any call of the control API, for what has no method here; the path is below `/_mock/`. */
  control(
    method: string,
    path: string,
    options?: { body?: JSONObject; query?: { [name: string]: string | number } },
  ): Promise<any>;
}

export interface StartOptions {
  plan?: string;
  /** Fixture files. */
  fixtures?: string[];
  /** The default takes any free one. */
  port?: number;
  /** `real`, `manual` or `xN`. */
  clock?: string;
  latency?: string;
  /** How well a day goes at the engines: a name such as `rainy`, or a file. */
  weather?: string;
  /** Whether a request may ask for a fault or a latency by its header `X-Cloro-Mock`. */
  allowOverrides?: boolean;
  seed?: number;
  contract?: string;
  /** The ledger's file; the default is in memory. */
  database?: string;
  /** A state's file to start from. */
  snapshot?: string;
  /**
   * A directory where the answers of `upstream` are kept. The variable `CLORO_MOCK_UPSTREAM_KEY` has
   * the key that it is asked with.
   */
  record?: string;
  /** The real service, for example `https://api.cloro.dev`. */
  upstream?: string;
  /** What recording may spend; the default is 100. */
  maxCredits?: number;
  /** A directory of recordings that answer. */
  replay?: string;
  /** What answers other questions; the default is `generate`. */
  onMiss?: 'generate' | 'fail' | 'record';
  /** Whether programs that call `https://api.cloro.dev` shall find it; see `environment`. */
  https?: boolean;
  adminToken?: string;
  /** More options of `cloro-mock serve`. */
  options?: string[];
  /** The program; the default is what `CLORO_MOCK_BINARY` names, or the installed one. */
  program?: string;
  /** How long the start may take, in milliseconds; the default is 20,000. */
  timeout?: number;
}

/**
 * Starts a double on this machine. It ends with `stop()`, and with this process, however that ends.
 *
 * Rejects with {@link ProgramNotFound} when there is no program, and with {@link StartFailed} when
 * it can't start, for example because the port is taken.
 */
export function startCloroMock(options?: StartOptions): Promise<CloroMock>;

/** Uses a double that runs already; the default is what `CLORO_MOCK_URL` says, or port 8080. */
export function connectCloroMock(url?: string, options?: { adminToken?: string }): CloroMock;

/** The context of a test: of node:test, or of vitest. */
export interface TestContext {
  after?: (hook: () => unknown) => unknown;
  onTestFinished?: (hook: any) => unknown;
  onTestFailed?: (hook: any) => unknown;
}

/**
 * A key with an organization of its own for a test, of a double that the tests of this process
 * share; under `cloro-mock run` it is that one. When the test is over the key is removed, and if it
 * has failed its requests are told, each with the rule that has decided.
 *
 * jest gives its tests no context: call it without one, and the key stays until the process ends.
 */
export function useCloroMock(test?: TestContext, settings?: KeyOrder): Promise<CloroKey>;

/** Any error of this package. */
export class CloroMockError extends Error {}

/** There is no cloro-mock program where it is looked for. */
export class ProgramNotFound extends CloroMockError {}

/** The double has ended before it was ready; the text has what it said. */
export class StartFailed extends CloroMockError {}

/** The double can't be reached, or didn't answer in time. */
export class NoAnswer extends CloroMockError {}

/** The control API has refused a call. */
export class ControlError extends CloroMockError {
  readonly status: number;
  readonly code: string;
  /** What the answer says beyond code and message, such as each field that can't be used. */
  readonly details?: any;
}

/** What was waited for didn't happen in time; `details` has what came nearest. */
export class NotInTime extends ControlError {}
