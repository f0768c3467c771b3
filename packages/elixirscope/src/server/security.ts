import { timingSafeEqual } from "node:crypto";

// The server listens on loopback, but a browser on this machine brings other people's pages along: every request has
// to name this very server as its host (DNS rebinding), to come from its own pages (cross-site requests) and to carry
// the token.

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Sent with every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"] as const;

/** Is `host` (the Host header) this server on loopback? */
export const isOwnHost = (host: string | undefined, port: number): boolean =>
  LOOPBACK_NAMES.some((name) => host === `${name}:${port}`);

/** Absent (no browser, or a same-origin GET) or one of our own. */
export const isOwnOrigin = (origin: string | undefined, port: number): boolean =>
  origin === undefined || LOOPBACK_NAMES.some((name) => origin === `http://${name}:${port}`);

/** Compares in constant time. */
export function isToken(given: string | undefined, token: string): boolean {
  const a = Buffer.from(given ?? "");
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
