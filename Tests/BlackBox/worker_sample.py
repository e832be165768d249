# The Python sample of cloro's document "Concurrency" (https://cloro.dev/docs), heading "Pattern 2:
# Concurrent workers", tab "Python (requests + asyncio)", quoted as it stands there. Only the key
# and the URL that its last lines pass in come from the test instead.

import asyncio
import aiohttp
import time
from typing import List, Dict, Any

class ConcurrentWorker:
    def __init__(self, api_key: str, api_url: str):
        self.api_key = api_key
        self.api_url = api_url

    async def make_request(self, session, id: int, prompt: str):
        start_time = time.time()

        try:
            async with session.post(
                self.api_url,
                json={
                    "prompt": prompt,
                    "country": "US"
                },
                headers={
                    "Authorization": f"Bearer {self.api_key}"
                }
            ) as response:
                data = await response.json()
                latency = (time.time() - start_time) * 1000

                # Monitor concurrency usage
                limit = int(response.headers.get("x-concurrent-limit", 0))
                current = int(response.headers.get("x-concurrent-current", 0))
                remaining = int(response.headers.get("x-concurrent-remaining", 0))

                print(f"Request #{id}: Success ({latency:.0f}ms)")

                return {
                    "success": True,
                    "latency": latency,
                    "data": data,
                    "usage": {"limit": limit, "current": current, "remaining": remaining}
                }

        except Exception as e:
            latency = (time.time() - start_time) * 1000
            print(f"Request #{id}: Failed ({latency:.0f}ms)")

            return {
                "success": False,
                "latency": latency,
                "error": str(e)
            }

    async def run_concurrent_requests(self, prompts: List[str], concurrency: int = 10):
        print(f"Starting {len(prompts)} requests with {concurrency} concurrent workers\n")

        start_time = time.time()
        results = []
        request_id = 0

        async with aiohttp.ClientSession() as session:
            async def worker():
                nonlocal request_id
                while request_id < len(prompts):
                    id = request_id + 1
                    result = await self.make_request(session, id, prompts[request_id])
                    results.append(result)
                    request_id += 1

            # Run concurrent workers
            await asyncio.gather(*[worker() for _ in range(concurrency)])

        duration = time.time() - start_time
        successful = sum(1 for r in results if r["success"])
        rate_limited = sum(1 for r in results if "rate limited" in r.get("error", "").lower())

        print("\n" + "=" * 40)
        print(f"Total: {len(prompts)}")
        print(f"Success: {successful} ({(successful/len(prompts)*100):.1f}%)")
        print(f"Rate limited: {rate_limited}")
        print(f"Duration: {duration:.1f}s")
        print(f"RPS: {len(prompts)/duration:.1f}")
        print("=" * 40)

        return results
