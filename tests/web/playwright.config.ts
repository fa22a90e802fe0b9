// Debian's Chromium, one page at a time; results where Bazel wants them.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  outputDir: `${process.env["TEST_TMPDIR"]}/playwright`,
  workers: 1,
  timeout: 60_000,
  reporter: [["list"], ["junit", { outputFile: process.env["XML_OUTPUT_FILE"] }]],
  use: {
    launchOptions: {
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
});
