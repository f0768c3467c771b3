// The token comes in the fragment of the printed URL (fragments are never sent), lives in sessionStorage, and
// leaves the address bar at once. A tab opened by a link asks the other tabs of this page for it.

const KEY = "elixirscope.token";
const CHANNEL = "elixirscope.token";
const ANSWER_MS = 300;

type Message = { readonly type: "who-has-it" } | { readonly type: "here"; readonly token: string };

/** The token of this session, or "" where nobody has one. Resolves within a third of a second. */
export async function findToken(): Promise<string> {
  const token = fromFragment() || sessionStorage.getItem(KEY) || (await fromOtherTab());
  if (token) sessionStorage.setItem(KEY, token);
  return token;
}

function fromFragment(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

function fromOtherTab(): Promise<string> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(CHANNEL);
    const done = (token: string): void => {
      channel.close();
      resolve(token);
    };
    const timer = setTimeout(() => done(""), ANSWER_MS);
    channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      if (data.type !== "here") return;
      clearTimeout(timer);
      done(data.token);
    });
    channel.postMessage({ type: "who-has-it" } satisfies Message);
  });
}

/** Gives the token to tabs of the same origin that ask for it. */
export function shareToken(token: string): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if (data.type === "who-has-it") channel.postMessage({ type: "here", token } satisfies Message);
  });
}
