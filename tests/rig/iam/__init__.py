"""A local IAM and STS, strict where emulators are not.  See README.md."""
