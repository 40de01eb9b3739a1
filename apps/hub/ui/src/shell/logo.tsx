/** A shield with the yellow flag that a ship hoists to ask for pratique. Takes its colours from the theme. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" className="app-logo" aria-hidden="true" focusable="false">
      <path className="app-logo-shield" d="M16 2 28 6v9c0 7.4-4.9 12.6-12 15C8.9 27.6 4 22.4 4 15V6z" />
      <path className="app-logo-flag" d="M11 9h12v8H11z" />
      <path className="app-logo-mast" d="M10 8v16" />
    </svg>
  );
}
