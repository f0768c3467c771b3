import { Users } from "lucide-react";
import { lazy, type ReactElement, Suspense, useCallback, useState } from "react";
import { nameOf } from "../domain/following.ts";
import { plural } from "../domain/format.ts";
import { Popover } from "../parts/popover.tsx";
import { letGo, useFollowing, useTogether } from "./use-following.ts";

const PeopleList = lazy(() => import("./people-list.tsx").then((all) => ({ default: all.PeopleList })));

/** Who else looks at this session, and where they are. */
export function PeopleMenu(): ReactElement {
  useTogether();
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const { you, people, leads } = useFollowing();
  const others = people.filter(({ id }) => id !== you);
  const label =
    others.length === 0
      ? "People: nobody else"
      : `People: ${plural(others.length, "other")}, ${others.map(nameOf).join(", ")}`;
  return (
    <div className="views-menu">
      <button
        type="button"
        className={leads ? "icon-button people-button on" : "icon-button people-button"}
        aria-label={label}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Users size={16} aria-hidden="true" />
        {others.length > 0 && <span aria-hidden="true">{others.length}</span>}
      </button>
      {open && (
        <Popover label="People" onClose={close} align="end">
          <Suspense fallback={null}>
            <PeopleList onGo={close} />
          </Suspense>
        </Popover>
      )}
    </div>
  );
}

/** Says whom this page follows; whatever is done here ends it. */
export function FollowingNote(): ReactElement | null {
  const { leader, people } = useFollowing();
  if (!leader) return null;
  return (
    <div className={`following-note c${leader.colour}`} role="status" data-following>
      Following {nameOf(leader)} until you do something yourself
      <button type="button" className="link-button" onClick={() => letGo(people)}>
        stop
      </button>
    </div>
  );
}
