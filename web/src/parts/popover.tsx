import { type ReactElement, type ReactNode, useEffect, useRef } from "react";

interface Props {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly align?: "start" | "end";
}

/** A small panel below its button. Escape and a click elsewhere close it; focus returns to where it was. */
export function Popover({ label, onClose, children, align = "start" }: Props): ReactElement {
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      onClose();
      if (before instanceof HTMLElement) before.focus();
    };
    const onPointer = ({ target }: PointerEvent): void => {
      const owner = panel.current?.parentElement;
      if (target instanceof Node && !owner?.contains(target)) onClose();
    };
    window.addEventListener("keydown", onKey, true);
    window.addEventListener("pointerdown", onPointer, true);
    return () => {
      window.removeEventListener("keydown", onKey, true);
      window.removeEventListener("pointerdown", onPointer, true);
    };
  }, [onClose]);
  return (
    <div ref={panel} className={`popover ${align}`} role="dialog" aria-label={label}>
      {children}
    </div>
  );
}
