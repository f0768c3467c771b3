import type { LivePush, Status } from "elixirscope/protocol";
import { AskError, ask } from "./ask.ts";
import { accept, presenceOn } from "./presence.ts";

/** How the page stands with the server; `refused`: the token is missing or no longer good. */
type Link = "connecting" | "open" | "lost" | "refused";

export interface LiveState {
  readonly link: Link;
  /** The newest status; stays when the link is lost. */
  readonly status: Status | undefined;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

let state: LiveState = { link: "connecting", status: undefined };
/** When the newest status came, on the page's own clock. */
let statusAt = 0;
const listeners = new Set<() => void>();

export const liveState = (): LiveState => state;

export function onLiveChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes over a status that came as the answer to a question, so that nobody waits for the next push. */
export const acceptStatus = (status: Status): void => change({ status });

/** The instant of now, reckoned on from the newest status while a node is connected. */
export function nowInstant(): number {
  const { status } = state;
  if (!status) return 0;
  const running = status.nodes.some((node) => node.state === "connected");
  return Math.round(status.t + (running ? (performance.now() - statusAt) * 1e6 : 0));
}

function change(next: Partial<LiveState>): void {
  if (next.status) statusAt = performance.now();
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

/** Opens the WebSocket and keeps it open, forever; call once. */
export function startLive(token: string): void {
  if (token === "") change({ link: "refused" });
  else connect(token, FIRST_WAIT_MS);
}

function connect(token: string, waitMs: number): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/api/live`, ["elixirscope.v1", `token.${token}`]);
  let nextWait = waitMs;
  socket.addEventListener("open", () => {
    nextWait = FIRST_WAIT_MS;
    change({ link: "open" });
    presenceOn(socket);
    void refresh();
  });
  socket.addEventListener("message", ({ data }) => {
    const push = JSON.parse(String(data)) as LivePush;
    if (push.type === "status") change({ link: "open", status: push.status });
    else accept(push);
  });
  socket.addEventListener("close", () => {
    presenceOn(undefined);
    void whyClosed().then((link) => {
      change({ link });
      if (link === "lost") setTimeout(connect, nextWait, token, Math.min(nextWait * 2, LONGEST_WAIT_MS));
    });
  });
}

async function refresh(): Promise<void> {
  try {
    acceptStatus(await ask("status", {}));
  } catch {
    // The socket says the same, and sooner or later closes; there is one place that tells about it.
  }
}

// A browser does not tell a page why a WebSocket was refused; the same token in a question gets an answer.
async function whyClosed(): Promise<Link> {
  try {
    acceptStatus(await ask("status", {}));
    return "lost";
  } catch (error) {
    return error instanceof AskError && error.status === 401 ? "refused" : "lost";
  }
}
