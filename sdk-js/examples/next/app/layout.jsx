import { Tallymark } from "./tallymark";

export const metadata = { title: "Plans" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Tallymark>{children}</Tallymark>
      </body>
    </html>
  );
}
