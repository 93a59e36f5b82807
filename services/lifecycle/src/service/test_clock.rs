//! `TestClockService`.

use proto::lifecycle::test_clock_service_server::TestClockService;
use tonic::{Request, Response, Status};

use super::{Service, once, pb};
use crate::convert::{self, test_clock_reading};

#[tonic::async_trait]
impl TestClockService for Service {
    async fn create_test_clock(
        &self,
        request: Request<pb::CreateTestClockRequest>,
    ) -> Result<Response<pb::TestClock>, Status> {
        let now = convert::test_clock_start(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, test_clock_reading)?;
        let answer = self.app.create_test_clock(&once, now).await.map_err(rpc::status)?;
        replay::respond(answer, test_clock_reading)
    }

    async fn get_test_clock(
        &self,
        request: Request<pb::GetTestClockRequest>,
    ) -> Result<Response<pb::TestClock>, Status> {
        let clock = convert::test_clock(request.get_ref()).map_err(rpc::status)?;
        let reading = self.app.get_test_clock(clock).await.map_err(rpc::status)?;
        Ok(Response::new(test_clock_reading(&reading)))
    }

    async fn advance_test_clock(
        &self,
        request: Request<pb::AdvanceTestClockRequest>,
    ) -> Result<Response<pb::TestClock>, Status> {
        let (clock, to) = convert::test_clock_to(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, test_clock_reading)?;
        let answer = self.app.advance_test_clock(&once, clock, to).await.map_err(rpc::status)?;
        replay::respond(answer, test_clock_reading)
    }
}
