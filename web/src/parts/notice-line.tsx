import { type ReactElement, useSyncExternalStore } from "react";
import { noticeText, onNotice } from "./notice.ts";

export function NoticeLine(): ReactElement {
  const text = useSyncExternalStore(onNotice, noticeText);
  return (
    <div className={text ? "notice shown" : "notice"} role="status" aria-live="polite">
      {text}
    </div>
  );
}
