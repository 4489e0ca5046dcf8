import { type DragEvent, useState } from "react";

export type Opened = { name: string; code: string };

const MOST_BYTES = 400_000;

/** The text of a file that somebody chose. Rejects with an Error that says what is wrong with it. */
export async function opened(file: File): Promise<Opened> {
  if (file.size > MOST_BYTES) throw new Error(`${file.name} is too large: ${Math.round(file.size / 1000)} kB`);
  try {
    const code = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return { name: file.name, code: code.replaceAll("\r\n", "\n") };
  } catch {
    throw new Error(`${file.name} is not UTF-8 text`);
  }
}

/** Properties that make an element take a file which is dropped on it, and whether one hovers over it now. */
export function useDrop(take: (file: File) => void) {
  const [hovering, setHovering] = useState(false);
  const holdsFile = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const target = {
    onDragOver: (event: DragEvent) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      setHovering(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setHovering(false);
    },
    onDropCapture: (event: DragEvent) => {
      const file = event.dataTransfer.files[0];
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      setHovering(false);
      take(file);
    },
  };
  return { hovering, target };
}
