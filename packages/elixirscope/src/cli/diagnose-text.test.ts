import picocolors from "picocolors";
import { expect, it } from "vitest";
import type { AskAnswer, FindingRow } from "../protocol/index.ts";
import { answerLines, diagnosisLines } from "./commands/diagnose.ts";

const out = { columns: 60, color: picocolors.createColors(false) };

const FINDING: FindingRow = {
  verdict: "warn",
  detector: "sent_to_nobody",
  summary: "Desk sent {:note, 1} to Orders.Adit twice, and nobody had that name.",
  processes: [{ handle: "p-7", pid: "#PID<0.9.0>", label: "Desk", name: "Desk" }],
  t: 1,
  until: 2,
  evidence: [12, 15],
  confirm: "",
  todo: "Send to Orders.Audit.",
  score: 0.9,
};

it("prints findings with who, evidence, doubt and what to do", () => {
  const doubtful = { ...FINDING, verdict: "recheck" as const, confirm: "Level state." };
  const blind = {
    ...FINDING,
    summary: "Not looked for: deadlocks.",
    confirm: "Record at the level messages.",
  };
  const answer = { from: 0, to: 9, rows: [FINDING, doubtful], more: false, clear: [], blind: [blind] };
  expect(diagnosisLines(answer, out)).toEqual([
    "warn  sent_to_nobody  Desk (p-7)",
    "  Desk sent {:note, 1} to Orders.Adit twice, and nobody had",
    "  that name. [12 15]",
    "  → Send to Orders.Audit.",
    "",
    "recheck  sent_to_nobody  Desk (p-7)",
    "  Desk sent {:note, 1} to Orders.Adit twice, and nobody had",
    "  that name. [12 15]",
    "  Not known: Level state.",
    "  → Send to Orders.Audit.",
    "",
    "  ? Not looked for: deadlocks. Record at the level messages.",
  ]);
});

it("prints an answer sentence by sentence, each with its events, and never a control character", () => {
  const answer: AskAnswer = {
    question: "Why?",
    about: { processes: [], userEvents: [], from: 0, to: 9 },
    verdict: "warn",
    sentences: [
      { text: "It was clicked.", evidence: [3] },
      { text: "Nobody \u001b[31mheard.", evidence: [5, 6] },
    ],
    findings: [],
    others: 0,
    todo: "Subscribe.",
    unknown: ["Whether it was drawn."],
  };
  expect(answerLines(answer, out)).toEqual([
    "It was clicked. [3]",
    "Nobody \\x1b[31mheard. [5 6]",
    "",
    "What to do",
    "  Subscribe.",
    "",
    "Not known",
    "  - Whether it was drawn.",
  ]);
  const nothing = { ...answer, verdict: "ok" as const, sentences: [], todo: "", unknown: [] };
  expect(answerLines(nothing, out)).toEqual([
    "Nothing that was recorded went wrong in a way that would answer this.",
  ]);
});
