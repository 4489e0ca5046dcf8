import { type ReactNode, useId, useState } from "react";
import { Button } from "@/ui/button";
import { plain } from "@/ui/plain-text";
import { Scrollable } from "@/ui/scrollable";

/** A chart with its table behind a button; without a chart the table alone. */
export function Figure({
  title,
  columns,
  rows,
  children,
}: {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  children?: ReactNode;
}) {
  const [asTable, setAsTable] = useState(!children);
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0 border-b border-line py-6">
      <div className="mb-4 flex h-7 items-center justify-between">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        {children && (
          <Button
            look="quiet"
            size="sm"
            aria-label={`${asTable ? "Chart" : "Table"}: ${title}`}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? "Chart" : "Table"}
          </Button>
        )}
      </div>
      {asTable ? <Table title={title} columns={columns} rows={rows} /> : children}
    </section>
  );
}

function Table({
  title,
  columns,
  rows,
}: {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}) {
  return (
    <Scrollable label={`Table: ${title}`} className="max-h-64">
      <table className="figure w-full text-sm">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr className="border-b border-line">
            {columns.map((column, index) => (
              <th
                key={column}
                scope="col"
                className={`py-1 font-normal text-ink-3 ${index ? "text-right" : "text-left"}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest]) => (
            <tr key={first}>
              <th scope="row" className="py-0.5 text-left font-normal">
                {plain(first ?? "")}
              </th>
              {rest.map((cell, index) => (
                <td key={index} className="py-0.5 text-right">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}
