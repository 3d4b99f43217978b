"""What you click, and what clients of Argo CD's REST API call: sessions, pages, live views."""
