import { Component, type ReactNode } from "react";
import { Button } from "@/ui/button";

type Props = { children: ReactNode; otherwise?: ReactNode };

/**
 * Keeps what is around it where a part cannot be loaded (the server is away, or has a newer page by now) or drawn.
 * A key makes it begin anew.
 */
export class Boundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    const { children, otherwise = <Broken /> } = this.props;
    return this.state.broken ? otherwise : children;
  }
}

function Broken() {
  return (
    <section role="alert" className="px-4 py-8 sm:px-6">
      <div className="max-w-[60ch] border-l-3 border-l-miss-line pl-4">
        <h1 className="text-xl leading-7 font-semibold tracking-[-0.01em]">
          This part of the page could not be loaded
        </h1>
        <p className="mt-1.5 text-base text-pretty">
          The server cannot be reached, or it has a newer page by now. Your code stays in this tab.
        </p>
        <Button className="mt-4" onClick={() => location.reload()}>
          Load the page anew
        </Button>
      </div>
    </section>
  );
}
