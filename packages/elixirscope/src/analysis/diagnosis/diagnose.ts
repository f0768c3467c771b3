import { finish, type Steps } from "../steps.ts";
import { boundaryLeak } from "./boundary.ts";
import { broadcastUnheard, duplicateSubscription } from "./broadcasts.ts";
import { busyProcess } from "./busy.ts";
import { blockingCall, callTimeout, deadlock, selfCall } from "./calls.ts";
import { crash, noEventHandler, restartLoop } from "./crashes.ts";
import { handledTwice, noEffect, outOfOrder } from "./effects.ts";
import type { Facts } from "./facts.ts";
import type { Detector, Finding } from "./finding.ts";
import { mailboxGrowth, processLeak } from "./growth.ts";
import { messageSwallowed } from "./ignored.ts";
import { atomGrowth, binaryGrowth, monitorLeak, portLeak, stateGrowth, tableGrowth } from "./leaks.ts";
import { lostUpdate } from "./lost-update.ts";
import { messageUnhandled, sentToNobody } from "./messages.ts";
import { wrongNode } from "./nodes.ts";
import { missedNode } from "./separated.ts";
import { netsplit } from "./splits.ts";
import { timerPileup, timerStopped } from "./timers.ts";
import { eventWithoutEffect, jobFailed, repeatedQueries, requestFailed, slowRequest } from "./web.ts";
import { bottleneck, errorLogged, errorReplies, repeatedCalls, slowCallback } from "./work.ts";

/** All that is looked for. */
const DETECTORS: readonly Detector[] = [
  broadcastUnheard,
  missedNode,
  messageUnhandled,
  noEventHandler,
  crash,
  restartLoop,
  callTimeout,
  deadlock,
  selfCall,
  mailboxGrowth,
  sentToNobody,
  eventWithoutEffect,
  duplicateSubscription,
  blockingCall,
  requestFailed,
  jobFailed,
  slowRequest,
  repeatedQueries,
  processLeak,
  timerPileup,
  lostUpdate,
  timerStopped,
  messageSwallowed,
  handledTwice,
  outOfOrder,
  noEffect,
  wrongNode,
  netsplit,
  stateGrowth,
  tableGrowth,
  atomGrowth,
  binaryGrowth,
  portLeak,
  monitorLeak,
  bottleneck,
  repeatedCalls,
  slowCallback,
  busyProcess,
  errorReplies,
  errorLogged,
  boundaryLeak,
];

export interface Diagnosis {
  /** Warnings and what needs another look, the most certain and worst first. */
  readonly findings: readonly Finding[];
  /** What was looked at and had nothing of the kind. */
  readonly clear: readonly Finding[];
  /** What could not be told from what was recorded. */
  readonly blind: readonly Finding[];
}

/** Asks every detector. */
export const diagnose = (facts: Facts): Diagnosis => finish(diagnoseSteps(facts));

/** {@link diagnose} in pieces, a detector each. */
export function* diagnoseSteps(facts: Facts): Steps<Diagnosis> {
  const findings: Finding[] = [];
  const clear: Finding[] = [];
  const blind: Finding[] = [];
  for (const detector of DETECTORS) {
    yield;
    const found = detector.detect(facts);
    if (found.length > 0) findings.push(...found);
    else if (detector.sees(facts)) clear.push(nothingFound(detector));
    else blind.push(notRecorded(detector));
  }
  return { findings: ranked(explained(findings)), clear, blind };
}

/** The worst first; of equals the earlier. */
const ranked = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => b.score - a.score || (a.t ?? 0) - (b.t ?? 0));

/** A loop is made of crashes: what it tells need not be told of each once more. */
function explained(findings: readonly Finding[]): readonly Finding[] {
  const loops = findings.filter(({ detector }) => detector === "restart_loop");
  return findings.filter(
    ({ detector, evidence }) =>
      detector !== "crash" || !loops.some((loop) => loop.evidence.includes(evidence[0] ?? -1)),
  );
}

const nothingFound = ({ name, looksFor }: Pick<Detector, "name" | "looksFor">): Finding => ({
  verdict: "ok",
  detector: name,
  summary: `No ${looksFor}.`,
  processes: [],
  t: null,
  until: null,
  evidence: [],
  confirm: "",
  todo: "",
  score: 0,
});

const notRecorded = ({ name, looksFor, level }: Detector): Finding => ({
  ...nothingFound({ name, looksFor }),
  verdict: "recheck",
  summary: `Not looked for, since nothing of it was recorded: ${looksFor}.`,
  confirm: `Record at the level ${level} or above, while it happens.`,
});
