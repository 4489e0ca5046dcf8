import type { ReactNode } from "react";

/** One stroke, sixteen units, the colour of the text. Icons are decoration: the words beside them tell. */
function icon(paths: ReactNode) {
  // biome-ignore lint/correctness/noComponentHookFactories: it is called at the top of this module only
  return function Icon({ size = 16 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        className="shrink-0"
      >
        {paths}
      </svg>
    );
  };
}

export const Check = icon(<path d="m3 8.5 3.2 3.2L13 4.8" />);
export const Cross = icon(<path d="m4 4 8 8M12 4l-8 8" />);
export const Half = icon(
  <>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 2.5v11M8 5l2.7-1.8M8 8l4.8-3.2M8 11l5.4-3.6" />
  </>,
);
export const Bug = icon(
  <path d="M5 7.5a3 3 0 0 1 6 0v2.5a3 3 0 0 1-6 0zM8 7v6M5 8.5H2M14 8.5h-3M5.4 5.6 3.2 3.8M10.6 5.6l2.2-1.8M5.4 11.4l-2 1.8M10.6 11.4l2 1.8" />,
);
export const Copy = icon(
  <>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.2" />
    <path d="M3.5 10.5h-.3a.7.7 0 0 1-.7-.7V3.2a.7.7 0 0 1 .7-.7h6.6a.7.7 0 0 1 .7.7v.3" />
  </>,
);
export const Download = icon(<path d="M8 2.5v8M4.8 7.6 8 10.8l3.2-3.2M2.5 13.5h11" />);
export const Share = icon(
  <path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8" />,
);
export const Down = icon(<path d="m4 6.2 4 4 4-4" />);
export const Play = icon(<path d="M4.5 3v10l8.2-5z" fill="currentColor" stroke="none" />);
export const Stop = icon(<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" stroke="none" />);
export const Sun = icon(
  <>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  </>,
);
export const Moon = icon(<path d="M13.2 9.6A5.7 5.7 0 0 1 6.4 2.8a5.7 5.7 0 1 0 6.8 6.8z" />);
export const Screen = icon(
  <>
    <rect x="2" y="3" width="12" height="8" rx="1.2" />
    <path d="M6 13.5h4" />
  </>,
);
export const Trash = icon(<path d="M3 4.5h10M6.2 4.3V3h3.6v1.3M4.4 4.6l.5 8.4h6.2l.5-8.4M6.8 7v3.6M9.2 7v3.6" />);
export const Open = icon(<path d="M2.5 12.5v-9h4l1.5 2h5.5v7z" />);
export const Warn = icon(<path d="M8 2.6 14 13H2zM8 6.6v3M8 11.4v.1" />);
export const Search = icon(
  <>
    <circle cx="7" cy="7" r="4" />
    <path d="m10 10 3.5 3.5" />
  </>,
);
export const Scales = icon(<path d="M6 3 3 6l3 3M3 6h8M10 7l3 3-3 3M13 10H5" />);
export const Target = icon(
  <>
    <circle cx="8" cy="8" r="5.5" />
    <circle cx="8" cy="8" r="2" />
  </>,
);
