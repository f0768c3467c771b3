/**
 * Distribution flags, by their names in OTP's `kernel/include/dist.hrl`.
 * What a node sets says what it understands and, for some, what it is.
 */
const DFLAG_EXTENDED_REFERENCES = 0x4n;
const DFLAG_DIST_MONITOR = 0x8n;
const DFLAG_FUN_TAGS = 0x10n;
const DFLAG_DIST_MONITOR_NAME = 0x20n;
const DFLAG_NEW_FUN_TAGS = 0x80n;
const DFLAG_EXTENDED_PIDS_PORTS = 0x100n;
const DFLAG_EXPORT_PTR_TAG = 0x200n;
const DFLAG_BIT_BINARIES = 0x400n;
const DFLAG_NEW_FLOATS = 0x800n;
const DFLAG_UNICODE_IO = 0x1000n;
export const DFLAG_DIST_HDR_ATOM_CACHE = 0x2000n;
const DFLAG_SMALL_ATOM_TAGS = 0x4000n;
const DFLAG_UTF8_ATOMS = 0x10000n;
const DFLAG_MAP_TAG = 0x20000n;
const DFLAG_BIG_CREATION = 0x40000n;
export const DFLAG_SEND_SENDER = 0x80000n;
const DFLAG_BIG_SEQTRACE_LABELS = 0x100000n;
export const DFLAG_EXIT_PAYLOAD = 0x400000n;
export const DFLAG_FRAGMENTS = 0x800000n;
const DFLAG_HANDSHAKE_23 = 0x1000000n;
export const DFLAG_UNLINK_ID = 0x2000000n;
const DFLAG_MANDATORY_25_DIGEST = 0x4000000n;
export const DFLAG_SPAWN: bigint = 1n << 32n;
const DFLAG_V4_NC = 1n << 34n;
export const DFLAG_ALIAS: bigint = 1n << 35n;

/** Mandatory since OTP 25; DFLAG_MANDATORY_25_DIGEST stands for all of them. Every node since OTP 23 has them. */
const MANDATORY_25 =
  DFLAG_EXTENDED_REFERENCES |
  DFLAG_FUN_TAGS |
  DFLAG_EXTENDED_PIDS_PORTS |
  DFLAG_NEW_FUN_TAGS |
  DFLAG_EXPORT_PTR_TAG |
  DFLAG_BIT_BINARIES |
  DFLAG_NEW_FLOATS |
  DFLAG_UTF8_ATOMS |
  DFLAG_MAP_TAG |
  DFLAG_BIG_CREATION |
  DFLAG_HANDSHAKE_23;

/**
 * What we set. DFLAG_PUBLISHED is not among them, which makes us a hidden node; neither are flags for what we do not do (DFLAG_NAME_ME,
 * OTP 28's DFLAG_ALTACT_SIG, OTP 29's DFLAG_NATIVE_RECORDS).
 */
export const OUR_FLAGS: bigint =
  MANDATORY_25 |
  DFLAG_MANDATORY_25_DIGEST |
  DFLAG_V4_NC |
  DFLAG_UNLINK_ID |
  DFLAG_DIST_MONITOR |
  DFLAG_DIST_MONITOR_NAME |
  DFLAG_UNICODE_IO |
  DFLAG_SMALL_ATOM_TAGS |
  DFLAG_SEND_SENDER |
  DFLAG_BIG_SEQTRACE_LABELS |
  DFLAG_EXIT_PAYLOAD |
  DFLAG_SPAWN |
  DFLAG_ALIAS;

/** The peer's flags with the digest written out. */
export function expandFlags(flags: bigint): bigint {
  return (flags & DFLAG_MANDATORY_25_DIGEST) === 0n ? flags : flags | MANDATORY_25;
}

/** Does the peer speak as OTP 23 and later do? `flags` expanded. */
export function isModern(flags: bigint): boolean {
  return (flags & MANDATORY_25) === MANDATORY_25;
}
