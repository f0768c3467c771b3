import { cite, type Detector, duration, warn } from "./finding.ts";

const NAME = "netsplit";

/** Two nodes that did not see each other while both were at work: what they sent to each other meanwhile was lost. */
export const netsplit: Detector = {
  name: NAME,
  looksFor: "nodes that lost each other",
  level: "observe",
  sees: ({ nodesSeen }) => nodesSeen,
  detect: ({ splits, to: end }) =>
    // One that came while the question was being answered is told by the next one.
    splits
      .filter(({ from }) => from < end)
      .map(({ nodes: [one, other], from, to, evidence }) => {
        const lasted = duration((to ?? end) - from);
        const how =
          to === null
            ? `have not seen each other for ${lasted}, up to the end of the record`
            : `did not see each other for ${lasted}`;
        return warn(NAME, {
          summary: `${one} and ${other} ${how}, and both were at work: messages, broadcasts and calls between them were lost, and both went on without the other (a leader, a registered name, presences on either side).`,
          processes: [],
          t: from,
          until: to ?? end,
          evidence: cite(...evidence),
          todo: `Look at what ran on either side meanwhile (elixirscope events --kind session, and the gaps of each node), at the network between the two and at busy_dist_port and long pauses before. Have processes that must be one (:global, leaders) settle it when nodes come back.`,
          score: 0.9,
        });
      }),
};
