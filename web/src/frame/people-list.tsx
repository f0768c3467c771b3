import type { Person } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { nameOf } from "../domain/following.ts";
import { instantText } from "../domain/format.ts";
import { useTextSetting } from "../parts/setting.ts";
import { parsePlace } from "../place/place.ts";
import { useStatus } from "../server/hooks.ts";
import { follow, lead, letGo, useFollowing } from "./use-following.ts";

/** One's own name, the others with where they are, and who shows whom the way. */
export function PeopleList({ onGo }: { readonly onGo: () => void }): ReactElement {
  const { you, people, leader, leads } = useFollowing();
  const [name, setName] = useTextSetting("name");
  const others = people.filter(({ id }) => id !== you);
  return (
    <div data-following>
      <label className="people-name">
        <span className="muted">You are</span>
        <input
          type="text"
          aria-label="Your name"
          placeholder="your name"
          maxLength={40}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      </label>
      {others.length === 0 && <p className="muted">Nobody else looks at this session.</p>}
      <ul className="people-list" aria-label="People">
        {others.map((person) => (
          <li key={person.id}>
            <span className={`person-dot c${person.colour}`} aria-hidden="true" />
            <strong className="ellipsis">{nameOf(person)}</strong>
            <Where person={person} onGo={onGo} />
            {leader?.id === person.id ? (
              <button type="button" className="link-button" onClick={() => letGo(people)}>
                stop following
              </button>
            ) : (
              <button
                type="button"
                className="link-button"
                onClick={() => {
                  follow(person.id);
                  onGo();
                }}
              >
                follow
              </button>
            )}
          </li>
        ))}
      </ul>
      <div className="popover-foot">
        <label>
          <input type="checkbox" checked={leads} onChange={({ target }) => lead(target.checked)} /> Follow me:
          the others see what I see, until they do something themselves
        </label>
      </div>
    </div>
  );
}

interface WhereProps {
  readonly person: Person;
  readonly onGo: () => void;
}

/** A link to where somebody is. */
function Where({ person: { href }, onGo }: WhereProps): ReactElement {
  const startedAt = useStatus()?.startedAt ?? "";
  const [path = "/", query = ""] = href.split("?", 2);
  const { view, cursor } = parsePlace(path, query);
  return (
    <Link href={href} className="muted ellipsis" onClick={onGo}>
      {view}, {cursor === "live" ? "now" : instantText(startedAt, cursor)}
    </Link>
  );
}
