/** From a filter back to what it filters: the view's list takes the keys again. */
export function focusList(): void {
  document.querySelector<HTMLElement>("main [role=grid], main [role=tree]")?.focus();
}
