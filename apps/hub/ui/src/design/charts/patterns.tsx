/** Fillings of shapes that a colour alone would not tell apart; put once on a page, before the charts that use them. */
export function Patterns() {
  return (
    <svg className="app-patterns" aria-hidden="true">
      <defs>
        <pattern id="app-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" className="app-hatch-ground" />
          <path d="M1 0v6" className="app-hatch-line" />
        </pattern>
      </defs>
    </svg>
  );
}
